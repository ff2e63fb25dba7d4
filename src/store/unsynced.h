#ifndef GATEWAVE_SRC_STORE_UNSYNCED_H
#define GATEWAVE_SRC_STORE_UNSYNCED_H
/* The note in FILE.lock that a sync of FILE has failed: from the process that met it to whoever opens FILE next. */
#include <stdbool.h>

/* Best effort: where the note cannot be written, nothing can be. */
void gw_unsynced_note(const char *file);
/* Is there a note, and may it be taken away? */
bool gw_unsynced_is_noted(const char *file);
/* Takes it away. One that stays is acted on once more, which harms nothing. */
void gw_unsynced_forget(const char *file);

#endif
