/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jpeg_markers.h"

#include <string.h>

enum {
	M_TEM = 0x01,
	M_SOF0 = 0xc0,
	M_SOF2 = 0xc2,
	M_SOF10 = 0xca,
	M_DHT = 0xc4,
	M_JPG = 0xc8,
	M_DAC = 0xcc,
	M_SOF15 = 0xcf,
	M_RST0 = 0xd0,
	M_RST7 = 0xd7,
	M_SOI = 0xd8,
	M_EOI = 0xd9,
	M_SOS = 0xda,
	M_DHP = 0xde,
	M_APP0 = 0xe0,
	M_APP1 = 0xe1,
	M_APP2 = 0xe2,
	M_APP15 = 0xef,
	M_JPEG_LS = 0xf7,
	M_COM = 0xfe,
};

static unsigned be16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static bool is_frame(uint8_t marker)
{
	return marker >= M_SOF0 && marker <= M_SOF15 && marker != M_DHT && marker != M_JPG &&
		marker != M_DAC;
}

static bool stands_alone(uint8_t marker)
{
	return marker == M_TEM || (marker >= M_RST0 && marker <= M_SOI);
}

/* The next marker at or behind *at, which moves behind it. False at the input's end. */
static bool next_marker(struct bytes input, size_t *at, uint8_t *marker)
{
	while (*at < input.size) {
		const uint8_t *ff = memchr(input.data + *at, 0xff, input.size - *at);

		if (!ff)
			break;
		*at = (size_t)(ff - input.data) + 1;
		while (*at < input.size && input.data[*at] == 0xff)
			(*at)++; /* fill bytes */
		if (*at < input.size && input.data[*at] != 0) {
			*marker = input.data[(*at)++];
			return true;
		}
	}
	*at = input.size;
	return false;
}

/* The body of a segment whose length field is at *at, which moves behind the segment. */
static bool segment(struct bytes input, size_t *at, struct bytes *body)
{
	unsigned length;

	if (input.size - *at < 2)
		return false;
	length = be16(input.data + *at);
	if (length < 2 || length > input.size - *at)
		return false;
	*body = (struct bytes){input.data + *at + 2, length - 2};
	*at += length;
	return true;
}

/* Moves *at behind coded data, onto the FF of a marker that is no restart, or to the end. */
static void skip_coded_data(struct bytes input, size_t *at)
{
	while (*at < input.size) {
		const uint8_t *ff = memchr(input.data + *at, 0xff, input.size - *at);
		uint8_t next;

		if (!ff || (size_t)(ff - input.data) + 1 == input.size)
			break;
		*at = (size_t)(ff - input.data);
		next = ff[1];
		if (next == 0xff)
			*at += 1;
		else if (next == 0 || (next >= M_RST0 && next <= M_RST7))
			*at += 2;
		else
			return;
	}
	*at = input.size;
}

static bool begins_with(struct bytes body, const char *text, size_t size)
{
	return body.size >= size && !memcmp(body.data, text, size);
}

static struct bytes behind(struct bytes body, size_t size)
{
	return (struct bytes){body.data + size, body.size - size};
}

static void note_jfif(struct jpeg_markers *m, struct bytes body)
{
	static const double per_metre[] = {0, 1 / 0.0254, 100};

	if (!begins_with(body, "JFIF", 5) || body.size < 12 || body.data[7] > 2)
		return;
	m->density_x = (uint32_t)(be16(body.data + 8) * per_metre[body.data[7]] + 0.5);
	m->density_y = (uint32_t)(be16(body.data + 10) * per_metre[body.data[7]] + 0.5);
}

static void note_app1(struct jpeg_markers *m, struct bytes body)
{
	static const char xmp[] = "http://ns.adobe.com/xap/1.0/";

	/* Some cameras fill the byte behind Exif's NUL with something else. */
	if (begins_with(body, "Exif", 5) && body.size > 6 && !m->exif.size)
		m->exif = behind(body, 6);
	else if (begins_with(body, xmp, sizeof xmp) && !m->xmp.size)
		m->xmp = behind(body, sizeof xmp);
}

/* A profile comes in numbered parts: "ICC_PROFILE", its number from 1, how many there are (ICC.1, B.4). */
static void note_icc(struct jpeg_markers *m, struct bytes body)
{
	unsigned number, count;

	if (!begins_with(body, "ICC_PROFILE", 12) || body.size < 14)
		return;
	number = body.data[12];
	count = body.data[13];
	if (m->icc_count == 0)
		m->icc_count = count;
	if (count == 0 || count != m->icc_count || number == 0 || number > count ||
		m->icc[number - 1].data) {
		m->icc_broken = true;
		return;
	}
	m->icc[number - 1] = behind(body, 14);
	m->icc_found++;
}

static int note_frame(
	struct jpeg_markers *m, uint8_t marker, struct bytes body, struct fault *fault)
{
	if (m->frame)
		return fault_set(fault, IMGBATCH_E_CORRUPT, "two frame headers");
	if (body.size < 6 || body.size < 6u + 3u * body.data[5])
		return fault_set(fault, IMGBATCH_E_CORRUPT, "the frame header is too short");
	m->frame = marker;
	m->precision = body.data[0];
	m->height = be16(body.data + 1);
	m->width = be16(body.data + 3);
	m->components = body.data[5];
	for (unsigned i = 0; i < m->components && i < 4; i++) {
		m->h[i] = body.data[6 + 3 * i + 1] >> 4;
		m->v[i] = body.data[6 + 3 * i + 1] & 15;
	}
	return 0;
}

static int check_kept(
	const struct jpeg_markers *m, const struct codec_limits *limits, struct fault *fault)
{
	uint64_t profile = 0;

	if (m->kept > limits->max_chunks)
		return fault_set(fault, IMGBATCH_E_LIMIT_CHUNKS,
			"more than %u application and comment segments", limits->max_chunks);
	for (unsigned i = 0; i < m->icc_count; i++)
		profile += m->icc[i].size;
	if (profile > limits->max_profile || m->exif.size > limits->max_profile ||
		m->xmp.size > limits->max_profile)
		return fault_set(fault, IMGBATCH_E_LIMIT_CHUNKS,
			"a profile or EXIF block of more than %llu bytes",
			(unsigned long long)limits->max_profile);
	return 0;
}

/* What T.81 has and libjpeg-turbo 2.1 built for 8 bits does not, by the names people know it by. */
static const char *unsupported(const struct jpeg_markers *m)
{
	switch (m->frame) {
	case 0xc3:
		return "lossless (SOF3)";
	case 0xc5:
	case 0xc6:
	case 0xc7:
	case 0xcd:
	case 0xce:
	case 0xcf:
		return "hierarchical";
	case 0xcb:
		return "lossless, arithmetic-coded (SOF11)";
	}
	if (m->precision == 12)
		return "12-bit";
	if (m->height == 0)
		return "its height is said behind the image data (DNL)";
	return NULL;
}

static int check_frame(
	const struct jpeg_markers *m, const struct codec_limits *limits, struct fault *fault)
{
	const char *variant;

	if (!m->frame)
		return fault_set(fault, IMGBATCH_E_CORRUPT, "a scan without a frame header");
	if (limits->max_pixels && (uint64_t)m->width * m->height > limits->max_pixels)
		return fault_set(
			fault, IMGBATCH_E_LIMIT_PIXELS, "%u x %u pixels", m->width, m->height);
	variant = unsupported(m);
	if (variant)
		return fault_set(fault, IMGBATCH_E_UNSUPPORTED, "%s", variant);
	return 0;
}

static int note_segment(struct jpeg_markers *m, uint8_t marker, struct bytes body,
	const struct codec_limits *limits, struct fault *fault)
{
	if (is_frame(marker))
		return note_frame(m, marker, body, fault);
	if (marker == M_DHP)
		return fault_set(fault, IMGBATCH_E_UNSUPPORTED, "hierarchical");
	if (marker == M_JPEG_LS)
		return fault_set(fault, IMGBATCH_E_UNSUPPORTED, "JPEG-LS");
	if (marker == M_APP0)
		note_jfif(m, body);
	else if (marker == M_APP1)
		note_app1(m, body);
	else if (marker == M_APP2)
		note_icc(m, body);
	if ((marker < M_APP0 || marker > M_APP15) && marker != M_COM)
		return 0;
	m->kept++;
	return check_kept(m, limits, fault);
}

static int cut_or_bad(struct bytes input, size_t at, uint8_t marker, struct fault *fault)
{
	if (input.size - at >= 2 && be16(input.data + at) < 2)
		return fault_set(
			fault, IMGBATCH_E_CORRUPT, "marker FF%02X has no valid length", marker);
	return fault_set(
		fault, IMGBATCH_E_TRUNCATED, "ends in the header, in marker FF%02X", marker);
}

static int begin_scan(struct jpeg_markers *m, struct bytes body, size_t at,
	const struct codec_limits *limits, struct fault *fault)
{
	int code = check_frame(m, limits, fault);

	if (code)
		return code;
	m->data = at;
	m->multiple = m->frame == M_SOF2 || m->frame == M_SOF10 ||
		(body.size && body.data[0] < m->components);
	return 0;
}

int jpeg_markers_head(struct jpeg_markers *m, struct bytes input, const struct codec_limits *limits,
	struct fault *fault)
{
	size_t at = 2;
	uint8_t marker;

	memset(m, 0, sizeof *m);
	while (next_marker(input, &at, &marker)) {
		struct bytes body;
		int code;

		if (stands_alone(marker))
			continue;
		if (marker == M_EOI)
			return fault_set(fault, IMGBATCH_E_CORRUPT, "holds no image data");
		if (!segment(input, &at, &body))
			return cut_or_bad(input, at, marker, fault);
		if (marker == M_SOS)
			return begin_scan(m, body, at, limits, fault);
		code = note_segment(m, marker, body, limits, fault);
		if (code)
			return code;
	}
	return fault_set(fault, IMGBATCH_E_TRUNCATED, "ends in the header");
}

int jpeg_markers_tail(struct jpeg_markers *m, struct bytes input, const struct codec_limits *limits,
	struct fault *fault)
{
	size_t at = m->data;
	uint8_t marker = M_SOS;
	struct bytes body;

	m->scans = 0;
	m->end = 0;
	do {
		if (marker == M_EOI) {
			m->end = at;
			return 0;
		}
		if (marker == M_SOS && ++m->scans > limits->max_scans)
			return fault_set(fault, IMGBATCH_E_LIMIT_SCANS, "more than %u scans",
				limits->max_scans);
		if (m->scans > 1 || marker != M_SOS) {
			if (!stands_alone(marker) && !segment(input, &at, &body))
				return 0;
		}
		if (marker == M_SOS)
			skip_coded_data(input, &at);
	} while (next_marker(input, &at, &marker));
	return 0;
}

const char *jpeg_markers_subsampling(const struct jpeg_markers *m)
{
	static const struct {
		uint8_t h, v;
		const char *name;
	} names[] = {{1, 1, "4:4:4"}, {2, 1, "4:2:2"}, {2, 2, "4:2:0"}, {4, 1, "4:1:1"},
		{1, 2, "4:4:0"}, {4, 2, "4:1:0"}, {1, 4, "4:4:1"}};

	if (m->components < 3)
		return "";
	if (m->components == 4 && (m->h[3] != m->h[0] || m->v[3] != m->v[0]))
		return "";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool same = m->h[1] == m->h[2] && m->v[1] == m->v[2];

		if (same && m->h[0] == names[i].h * m->h[1] && m->v[0] == names[i].v * m->v[1])
			return names[i].name;
	}
	return "";
}

size_t jpeg_markers_icc_size(const struct jpeg_markers *m)
{
	size_t size = 0;

	if (m->icc_broken || m->icc_found != m->icc_count)
		return 0;
	for (unsigned i = 0; i < m->icc_count; i++)
		size += m->icc[i].size;
	return size;
}
