# Versions and compiler flags. Every object depends on this file.

# SQLite: the amalgamation inside a pinned npm package, checked before it is compiled
SQLITE         := node_modules/better-sqlite3/deps/sqlite3
SQLITE_VERSION := 3.54.1
SQLITE_SHA256  := 75a4760a7b9727a4c4c877aec92eacf39e52a8f2921ce00bd33be6d3a8e8e254
SQLITE_OMIT    := DEPRECATED LOAD_EXTENSION SHARED_CACHE PROGRESS_CALLBACK DECLTYPE UTF16 GET_TABLE TCL_VARIABLE \
                  TRACE COMPLETE JSON DESERIALIZE AUTHORIZATION INTROSPECTION_PRAGMAS LOCALTIME
SQLITE_FLAGS   := -DSQLITE_THREADSAFE=0 -DSQLITE_OS_OTHER=1 -DSQLITE_TEMP_STORE=3 -DSQLITE_DEFAULT_MEMSTATUS=0 \
                  -DSQLITE_DQS=0 -DSQLITE_DEFAULT_PAGE_SIZE=4096 -DSQLITE_MAX_DEFAULT_PAGE_SIZE=4096 \
                  -DSQLITE_DEFAULT_CACHE_SIZE=-16384 -DSQLITE_DEFAULT_LOCKING_MODE=1 \
                  -DSQLITE_DEFAULT_WAL_SYNCHRONOUS=2 -DSQLITE_DEFAULT_AUTOVACUUM=2 -DSQLITE_MAX_MMAP_SIZE=0 \
                  -DSQLITE_LIKE_DOESNT_MATCH_BLOBS -DSQLITE_MAX_EXPR_DEPTH=0 -DSQLITE_USE_ALLOCA -DSQLITE_OMIT_AUTOINIT \
                  $(addprefix -DSQLITE_OMIT_,$(SQLITE_OMIT)) -w

# the engine: one dialect everywhere, the same arithmetic in every build
C_FLAGS        := -std=c11 -Isrc -isystem $(SQLITE) -ffp-contract=off -Wall -Wextra -Wno-missing-field-initializers
TEST_FLAGS     := -D_GNU_SOURCE -DMEM_FAULTS -Iwasm -Itests/unit -Itests/support
WASM_FLAGS     := -O3 -msimd128 -DNDEBUG
NATIVE_FLAGS   := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DMEM_FAULTS
FUZZ_FLAGS     := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# the module: no JavaScript of Emscripten's, memory given by the host, nothing exported but the door
EXPORTS        := abi describe alloc free new call reply reply_bytes delete
comma          := ,
LINK_FLAGS     := -O3 -sSTANDALONE_WASM --no-entry -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB \
                  -sINITIAL_MEMORY=4194304 -sTOTAL_STACK=524288 -sIMPORTED_MEMORY=1 \
                  -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0 \
                  -sEXPORTED_FUNCTIONS=$(subst $() ,$(comma),$(addprefix _mvl_,$(EXPORTS)))

# `make check`: what both compilers must be silent about
WARN           := -Werror -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow -Wstrict-prototypes \
                  -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef \
                  -Wvla -Wswitch-enum -Wformat=2 -Wno-format-nonliteral -Wimplicit-fallthrough -Wnull-dereference
WARN_GCC       := $(WARN) -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init
WARN_CLANG     := $(WARN) -Wcovered-switch-default -Wunreachable-code -Wcomma -Wassign-enum -Wno-string-conversion
