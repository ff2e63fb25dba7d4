#ifndef GATEWAVE_SRC_STORE_FLEET_H
#define GATEWAVE_SRC_STORE_FLEET_H
/*
 * A fleet in memory, for an import: what the database has and what the file says, found by gateway_id and
 * by serial with case and blanks folded away. About 250 bytes a device.
 *
 * The texts of a gateway, a device or its tags stand one after the other in one piece, each with its NUL.
 * Two pieces are equal exactly when their bytes are.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/core/select.h"
#include "sql.h"

#define GW_FLEET_NONE UINT32_MAX

struct gw_piece {
    const char *text;
    uint32_t len;
};

/* The order of the texts in a gateway's and in a device's piece. */
#define GW_GATEWAY_TEXTS 8
#define GW_DEVICE_TEXTS  4
extern const enum gw_column gw_gateway_column[GW_GATEWAY_TEXTS];
extern const enum gw_column gw_device_column[GW_DEVICE_TEXTS];

struct gw_fleet_gateway {
    int64_t id; /* 0: not in the database */
    struct gw_piece text;
    uint64_t line; /* where the file first names it; 0: it does not */
    uint32_t device[2];
    uint8_t n_devices;
    uint8_t given; /* bit i: the file has set text i */
    bool changed;
};

struct gw_fleet_device {
    int64_t id;
    struct gw_piece text;
    struct gw_piece tags; /* name, value, name, value, ... by name */
    uint64_t line;
    uint32_t gateway;
    bool changed;
    bool tags_changed;
};

struct gw_index_slot {
    uint32_t hash;
    uint32_t item; /* number + 1; 0: free */
};

struct gw_index {
    struct gw_index_slot *slot;
    uint32_t mask, n;
};

struct gw_fleet {
    struct gw_fleet_gateway *gateway;
    uint32_t n_gateways, gateways_size;
    struct gw_fleet_device *device;
    uint32_t n_devices, devices_size;
    struct gw_index by_gateway_id, by_serial;
    void *block; /* the newest of a chain; texts are never freed one by one */
    size_t block_used;
};

void gw_fleet_init(struct gw_fleet *fleet);
void gw_fleet_release(struct gw_fleet *fleet);
/* Reads the inventory out of the database, and its generation. */
enum gw_code gw_fleet_load(struct gw_fleet *fleet, struct gw_store *store, int64_t *ret_generation,
                           struct gw_err *err);
/* Writes the differences; the caller holds the write transaction. */
enum gw_code gw_fleet_write(struct gw_fleet *fleet, struct gw_store *store, struct gw_err *err);

/* A copy of the bytes that lives as long as the fleet. */
struct gw_piece gw_fleet_keep(struct gw_fleet *fleet, const char *bytes, size_t len);
/* Text number i of a piece. */
const char *gw_piece_text(struct gw_piece piece, unsigned i);
bool gw_piece_equal(struct gw_piece a, struct gw_piece b);

/* GW_FLEET_NONE when there is none. */
uint32_t gw_fleet_find_gateway(const struct gw_fleet *fleet, const char *gateway_id, size_t len);
uint32_t gw_fleet_find_device(const struct gw_fleet *fleet, const char *serial, size_t len);
uint32_t gw_fleet_add_gateway(struct gw_fleet *fleet, struct gw_piece text);
/* The gateway must have room for it. */
uint32_t gw_fleet_add_device(struct gw_fleet *fleet, uint32_t gateway, struct gw_piece text);
/* The device's piece, with a serial that it did not have before, can be found by it. */
void gw_fleet_index_serial(struct gw_fleet *fleet, uint32_t device);

#endif
