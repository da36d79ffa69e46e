# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG, and pages that hold them, from nothing but text.

A chart is drawn for light and for dark: its colours are named here once for each, and what shows the picture
says which it wants (prefers-color-scheme). Text is measured by a rule of thumb, with room to spare.
"""
import html
import math

FONT = 13
LETTER = 7.1  # a letter's width at that size, generously

STYLE = """
.chart{--paper:#fff;--ink:#1f2328;--dim:#59636e;--rule:#dfe3e8;--us:#0a63c9;--c0:#8a94a0;--c1:#0a63c9;--c2:#b3620a;
--c3:#1a7f45;--c4:#7d4bc3;--c5:#b0357a}
@media (prefers-color-scheme:dark){.chart{--paper:#0d1117;--ink:#e6edf3;--dim:#9aa5b1;--rule:#2b323b;--us:#5aa9ff;
--c0:#77828e;--c1:#5aa9ff;--c2:#e59a3c;--c3:#4cc07a;--c4:#b48cf2;--c5:#ee7db6}}
.chart text{font:13px system-ui,"DejaVu Sans",sans-serif;fill:var(--ink)}
.chart .title{font-size:15px;font-weight:600}.chart .dim{fill:var(--dim);font-size:12px}
.chart .value{paint-order:stroke;stroke:var(--paper);stroke-width:5px;stroke-linejoin:round}
.chart .paper{fill:var(--paper)}.chart .rule{stroke:var(--rule);fill:none}
.chart .spread{stroke:var(--ink);stroke-width:1.2;fill:none;opacity:.75}
.chart .ideal{stroke:var(--dim);stroke-dasharray:5 4;fill:none;stroke-width:1.5}
.chart .line{fill:none;stroke-width:2.2}
""".replace("\n", "")


def esc(text):
    return html.escape(str(text), quote=True)


def number(value):
    """Three digits that count, no more."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def ticks(top, about=5):
    """Round numbers from 0 to just above top."""
    if top <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(top / about))
    step *= next(each for each in (1, 2, 5, 10) if top / (step * each) <= about)
    count = math.ceil(top / step - 1e-9)
    return [round(step * i, 10) for i in range(count + 1)]


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{esc(words)}</text>'


def wrapped(words, width):
    """Lines of at most so many points."""
    lines, line = [], ""
    for word in words.split():
        if line and (len(line) + 1 + len(word)) * LETTER * 0.92 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return lines + [line] if line else lines


def frame(width, height, title, subtitle, body):
    head = [text(16, 26, title, "title")]
    for i, line in enumerate(wrapped(subtitle, width - 32)):
        head.append(text(16, 46 + 16 * i, line, "dim"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height:.0f}" '
            f'width="{width}" height="{height:.0f}" role="img" aria-label="{esc(title)}"><style>{STYLE}</style>'
            f'<rect class="paper" width="100%" height="100%" rx="6"/>{"".join(head)}{"".join(body)}</svg>\n')


def top_of(subtitle, width):
    return 46 + 16 * len(wrapped(subtitle, width - 32))


def bars(title, subtitle, rows, unit, width=760):
    """rows: (label, values of every round, colour 0..5 or "us", words behind the number). A bar is as long as the
    median; the thin line on it reaches from the least to the greatest round."""
    label_w = max(len(row[0]) for row in rows) * LETTER + 28
    show = (lambda value: f"{value:.1f}") if unit == "%" else number
    behind = [f"{show(sorted(values)[len(values) // 2])} {unit}{' · ' + note if note else ''}"
              for _, values, _, note in rows]
    room = width - label_w - 24 - max(len(each) for each in behind) * LETTER
    longest = max(max(values) for _, values, _, _ in rows) or 1
    scale, y, body = room / longest, top_of(subtitle, width), []
    for tick in ticks(longest)[:-1] if ticks(longest)[-1] > longest else ticks(longest):
        x = label_w + tick * scale
        body.append(f'<path class="rule" d="M{x:.1f} {y - 4}V{y + 26 * len(rows)}"/>')
        body.append(text(x, y + 26 * len(rows) + 14, f"{tick:,g}", "dim", "middle"))
    for (label, values, colour, _), words in zip(rows, behind):
        values = sorted(values)
        middle = values[len(values) // 2]
        fill = "var(--us)" if colour == "us" else f"var(--c{colour})"
        body.append(text(label_w - 10, y + 16, label, "", "end"))
        body.append(f'<rect x="{label_w:.1f}" y="{y + 3}" width="{max(1, middle * scale):.1f}" height="18" rx="2" '
                    f'style="fill:{fill}"/>')
        if values[-1] > values[0]:
            one, other = label_w + values[0] * scale, label_w + values[-1] * scale
            body.append(f'<path class="spread" d="M{one:.1f} {y + 12}H{other:.1f}M{one:.1f} {y + 8}v8'
                        f'M{other:.1f} {y + 8}v8"/>')
        body.append(text(label_w + max(values[-1], middle) * scale + 8, y + 16, words, "value"))
        y += 26
    return frame(width, y + 28, title, subtitle, body)


def lines(title, subtitle, series, ideal, x_name, y_name, width=760):
    """series: (label, [(x, y)], colour 0..5). ideal: [(x, y)], drawn broken, or None."""
    points = [point for _, each, _ in series for point in each] + (ideal or [])
    xs = sorted({x for x, _ in points})
    marks = ticks(max(y for _, y in points))
    label_w = max(len(f"{label}  {number(each[-1][1])}") for label, each, _ in series) * LETTER + 40
    left, right, top, low = 70, width - label_w, top_of(subtitle, width) + 22, top_of(subtitle, width) + 282

    def place(point):
        x = left + (right - left) * (point[0] / xs[-1] if xs[-1] else 0)
        return x, low - (low - top) * point[1] / marks[-1]

    def path(each):
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in map(place, each))

    body = [text(left, top - 12, y_name, "dim"), text((left + right) / 2, low + 38, x_name, "dim", "middle")]
    for mark in marks:
        y = place((0, mark))[1]
        body += [f'<path class="rule" d="M{left} {y:.1f}H{right}"/>', text(left - 8, y + 4, f"{mark:,g}", "dim", "end")]
    for x in xs:
        body.append(text(place((x, 0))[0], low + 18, number(x) if x % 1 else int(x), "dim", "middle"))
    ends = []
    if ideal:
        body.append(f'<path class="ideal" d="{path([(0, 0)] + ideal)}"/>')
        ends.append([place(ideal[-1])[1], "ideal", "var(--dim)"])
    for label, each, colour in series:
        body.append(f'<path class="line" style="stroke:var(--c{colour})" d="{path(each)}"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" style="fill:var(--c{colour})"/>' for x, y in map(place, each)]
        if max(x for x, _ in each) == xs[-1] or len(series) == 1:
            ends.append([place(each[-1])[1], f"{label}  {number(each[-1][1])}", f"var(--c{colour})"])
        else:
            x, y = place(each[-1])
            body.append(text(x + 8, y + 20, f"{label}  {number(each[-1][1])}"))
    ends.sort()
    for i, end in enumerate(ends):  # names at the right end must not cover each other
        end[0] = max(end[0], ends[i - 1][0] + 17) if i else end[0]
    for y, label, colour in ends:
        body.append(f'<rect x="{right + 10}" y="{y - 5:.1f}" width="10" height="10" rx="2" style="fill:{colour}"/>')
        body.append(text(right + 26, y + 4.5, label))
    return frame(width, low + 52, title, subtitle, body)


PAGE_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;margin:0 auto;max-width:800px;padding:24px 20px 60px;
background:#fff;color:#1f2328}
h1{font-size:26px;margin:8px 0}h2{font-size:20px;margin:40px 0 8px}
.facts{color:#59636e;font-size:14px}figure{margin:16px 0;border:1px solid #dfe3e8;border-radius:6px;overflow:auto}
figure svg{display:block;max-width:100%;height:auto}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px;text-align:right;border-bottom:1px solid #dfe3e8;white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}th{font-weight:600}
code{font:14px ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}.facts{color:#9aa5b1}
figure,th,td{border-color:#2b323b}}
"""


def table(head, rows):
    """A table as HTML; the first column holds names."""
    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{esc(cell)}</{tag}>" for cell in cells) + "</tr>"
    return ('<div class="wide"><table><thead>' + line(head, "th") + "</thead><tbody>" +
            "".join(line(row, "td") for row in rows) + "</tbody></table></div>")


def plain_table(head, rows):
    """The same for a terminal."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in cells)


def paragraph(words):
    return f"<p>{esc(words)}</p>"


def figure(svg):
    return f"<figure>{svg}</figure>"


def page(title, facts, parts):
    """A page that needs nothing beside itself. facts: lines about machine and method; parts: HTML."""
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{esc(title)}</title><style>{PAGE_STYLE}</style></head><body><h1>{esc(title)}</h1>"
            f'<p class="facts">{"<br>".join(esc(fact) for fact in facts)}</p>{"".join(parts)}</body></html>\n')


def machine_line(machine):
    return (f"{machine['cpu']}, {machine['cpus']} CPUs ({', '.join(machine['vectors']) or 'no AVX2'}), "
            f"{machine['memory_bytes'] / 2**30:.0f} GiB, {machine['system']}, Linux {machine['kernel']}")
