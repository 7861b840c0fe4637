/* SQLite's memory from base/mem, so that the faults of mem.h reach it too. */
#pragma once

/* To be called before vfs_register. */
void sqlite_memory_use(void);
