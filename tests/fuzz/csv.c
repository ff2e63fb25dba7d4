/* CSV inventories. */
#include "fuzz.h"
#include "table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(data, size, GW_TABLE_CSV);
    return 0;
}
