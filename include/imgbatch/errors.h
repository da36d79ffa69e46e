/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every code that imgbatch uses, in one table.
 *
 * A function that can fail returns 0 or one of these negative codes. What users see is the name without
 * its prefix ("E_TRUNCATED"), from imgbatch_code_name(); programs compare the numbers, which never change
 * their meaning within a soname. Warnings are bits: an image can carry several and still be fine.
 */
#ifndef IMGBATCH_ERRORS_H
#define IMGBATCH_ERRORS_H

/* X(name, number, what it means) */
#define IMGBATCH_ERROR_LIST(X)                                                                     \
	/* One image's: the batch goes on. */                                                      \
	X(E_EMPTY, 1, "the file holds zero bytes")                                                 \
	X(E_NOT_IMAGE, 2, "neither JPEG nor PNG by its content: ignored, never touched")           \
	X(E_TRUNCATED, 3, "the image data ends too early")                                         \
	X(E_CORRUPT, 4, "the image data is damaged")                                               \
	X(E_UNSUPPORTED, 5, "a valid variant that this build cannot decode")                       \
	X(E_LIMIT_PIXELS, 6, "more pixels than --max-pixels")                                      \
	X(E_LIMIT_SCANS, 7, "more scans than a sane progressive JPEG has")                         \
	X(E_LIMIT_CHUNKS, 8, "too many or too large chunks, text or profiles")                     \
	X(E_LIMIT_FILE, 9, "larger than --max-file-size")                                          \
	X(E_LIMIT_MEMORY, 10, "needs more memory than the whole run may use")                      \
	X(E_NOT_REGULAR, 11, "not a regular file")                                                 \
	X(E_VANISHED, 12, "was listed and is gone")                                                \
	X(E_OPEN, 13, "cannot be opened")                                                          \
	X(E_READ, 14, "cannot be read")                                                            \
	X(E_CHANGED, 15, "changed while it was read")                                              \
	X(E_OPERATION, 16, "an operation does not apply to this image")                            \
	X(E_ENCODE, 17, "the result cannot be encoded in the wanted format")                       \
	X(E_EXISTS, 18, "a file that no earlier run recorded is in the output's place")            \
	X(E_COLLISION, 19, "another input already has this output's name")                         \
	X(E_CRASH, 20, "the worker died on this image, twice")                                     \
	X(E_MEMORY, 21, "the worker ran out of memory on this image")                              \
	X(E_TIMEOUT, 22, "took longer than --timeout")                                             \
	X(E_MASK, 23, "its mask is missing, damaged, or of another size")                          \
	X(E_BOXES, 24, "its boxes are missing or broken")                                          \
	X(E_VERIFY, 25, "decoded otherwise than by libjpeg-turbo alone (--verify-decode)")         \
	/* The run's: it stops, or never starts. */                                                \
	X(E_USAGE, 64, "an option or an argument is wrong")                                        \
	X(E_RECIPE, 65, "an operation's text is wrong")                                            \
	X(E_NOTHING, 66, "nothing matched")                                                        \
	X(E_INSIDE, 67, "the output lies inside an input")                                         \
	X(E_NAMES, 68, "two inputs would write one name")                                          \
	X(E_LOCKED, 69, "another run holds the output folder")                                     \
	X(E_ENGINE, 70, "an engine cannot run here")                                               \
	X(E_WRITE, 71, "an output cannot be written")                                              \
	X(E_LEDGER, 72, "the ledger cannot be read or written")                                    \
	X(E_NOMEM, 73, "out of memory")                                                            \
	X(E_CANCELED, 74, "stopped on request")                                                    \
	X(E_SYSTEM, 75, "the system refused something that imgbatch cannot do without")            \
	X(E_FAILURES, 76, "more failures than --max-failures")

/* X(name, bit, what it means) */
#define IMGBATCH_WARNING_LIST(X)                                                                   \
	X(W_EXT, 0, "the content is not what the extension says")                                  \
	X(W_TRAILING, 1, "data after the end of the image")                                        \
	X(W_JUNK, 2, "junk between markers")                                                       \
	X(W_MARKER, 3, "an odd but harmless marker (Adobe, JFIF, SOS parameters)")                 \
	X(W_CRC, 4, "an ancillary chunk's checksum is wrong")                                      \
	X(W_CHUNK, 5, "an odd but harmless chunk")                                                 \
	X(W_APNG, 6, "animated: only the default image is used")                                   \
	X(W_ICC, 7, "the colour profile is broken and was left out")                               \
	X(W_EXIF, 8, "the EXIF block is broken and was left out")                                  \
	X(W_DAMAGED, 9, "damaged image data, written on request")

enum imgbatch_error {
	IMGBATCH_OK = 0,
#define X(name, number, text) IMGBATCH_##name = -(number),
	IMGBATCH_ERROR_LIST(X)
#undef X
};

enum imgbatch_warning {
#define X(name, bit, text) IMGBATCH_##name = 1 << (bit),
	IMGBATCH_WARNING_LIST(X)
#undef X
};

#endif
