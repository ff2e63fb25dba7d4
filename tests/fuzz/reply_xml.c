/* Replies in XML. */
#include "fuzz.h"
#include "replies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reply(data, size, GW_FORMAT_XML);
    return 0;
}
