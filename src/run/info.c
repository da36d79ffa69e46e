/* SPDX-License-Identifier: Apache-2.0 */
/* Header facts of one file, as a line of JSON. Reads the file whole, decodes no pixels. */
#include "base/str.h"
#include "codec/codec.h"
#include "run/batch.h"
#include "base/whole.h"

#include <fcntl.h>
#include <string.h>

static const uint64_t largest_file = (uint64_t)1 << 32;

static void add_warnings(struct str *out, unsigned warnings)
{
	bool first = true;

	str_add(out, ",\"warnings\":[");
	for (unsigned bit = 1; bit && bit <= warnings; bit <<= 1) {
		if (!(warnings & bit))
			continue;
		str_addf(out, "%s\"%s\"", first ? "" : ",", warning_name(bit));
		first = false;
	}
	str_add_char(out, ']');
}

static void describe(struct str *out, const char *path, size_t size,
	const struct codec_facts *facts, unsigned warnings)
{
	const struct metadata *metadata = &facts->metadata;

	str_add(out, "{\"type\":\"info\",\"in\":");
	str_add_json(out, path, strlen(path));
	str_addf(out, ",\"format\":\"%s\",\"bytes\":%zu,\"width\":%u,\"height\":%u",
		facts->codec->name, size, facts->shape.width, facts->shape.height);
	str_addf(out, ",\"color\":\"%s\",\"channels\":%u,\"bits\":%u", facts->color,
		facts->shape.channels, facts->bits);
	if (facts->subsampling[0])
		str_addf(out, ",\"subsampling\":\"%s\"", facts->subsampling);
	str_addf(out, ",\"orientation\":%u,\"whole\":%s,\"animated\":%s", facts->orientation,
		facts->whole ? "true" : "false", facts->animated ? "true" : "false");
	str_addf(out, ",\"icc_bytes\":%zu,\"exif_bytes\":%zu,\"xmp_bytes\":%zu", metadata->icc.size,
		metadata->exif.size, metadata->xmp.size);
	if (metadata->density_x)
		str_addf(out, ",\"density\":[%u,%u]", metadata->density_x, metadata->density_y);
	add_warnings(out, warnings);
	str_add_char(out, '}');
}

static int read_facts(
	const char *path, const uint8_t *bytes, size_t size, struct str *out, struct fault *fault)
{
	struct codec_limits limits = codec_default_limits;
	const struct codec *codec;
	struct decoder *decoder;
	struct codec_facts facts;
	uint32_t warnings = 0;
	int code;

	if (!size)
		return fault_set(fault, IMGBATCH_E_EMPTY, "zero bytes");
	codec = codec_probe(bytes, size);
	if (!codec)
		return fault_set(fault, IMGBATCH_E_NOT_IMAGE, "neither JPEG nor PNG");
	decoder = codec->decoder_new();
	if (!decoder)
		return fault_set(fault, IMGBATCH_E_NOMEM, "no memory for a decoder");
	limits.max_pixels = 0; /* only facts are wanted */
	code = codec->header(decoder, bytes, size, &limits, &facts, &warnings, fault);
	if (!code)
		describe(out, path, size, &facts, warnings);
	codec->decoder_free(decoder);
	return code;
}

char *imgbatch_info(const char *path, struct imgbatch_fault *to)
{
	struct fault fault = {0};
	struct str out = STR_INIT;
	struct whole file;
	int code = whole_read(&file, AT_FDCWD, path, true, largest_file, &fault);

	if (!code)
		code = read_facts(path, file.bytes, file.size, &out, &fault);
	whole_release(&file);
	if (!code && out.failed)
		code = fault_set(&fault, IMGBATCH_E_NOMEM, "no memory for the text");
	fault_report(to, &fault, code);
	if (!code)
		return out.text;
	str_release(&out);
	return NULL;
}
