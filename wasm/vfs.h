/* SQLite's view of the platform. */
#pragma once

/* Registers the file system as SQLite's default and starts SQLite. Returns 0 or a SQLite error. */
int vfs_register(void);
