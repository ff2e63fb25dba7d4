#ifndef GATEWAVE_SRC_STORE_MIGRATIONS_H
#define GATEWAVE_SRC_STORE_MIGRATIONS_H
/*
 * The schema as the build embedded it from migrations/: number n (from 1) brings user_version from n-1 to
 * n.
 */

struct gw_migration {
    const char *name;
    const char *sql;
};

extern const struct gw_migration gw_migrations[];
extern const int gw_migrations_count;

#endif
