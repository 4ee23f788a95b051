# make, make install, make installcheck: as for every extension (PGXS).
# make test, make demo, make fuzz and their like need nothing but this checkout;
# see scripts/ and test/README.md.

EXTENSION = aiconsent
MODULE_big = aiconsent

# Where the sources are, seen from the directory that is built in.
here := $(dir $(firstword $(MAKEFILE_LIST)))
find = $(patsubst $(here)%,%,$(sort $(wildcard $(here)$(1))))

EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" $(here)aiconsent.control)
SCRIPT := sql/aiconsent--$(EXTVERSION).sql
OBJS := $(patsubst %.c,%.o,$(call find,src/*.c))
BITCODE := $(OBJS:.o=.bc)

# := throughout, for a list that turns out empty must be empty to ifdef too.
DATA_built := $(SCRIPT)
DATA := $(call find,sql/aiconsent--*--*.sql)

# The test "install" makes the extension for those after it.
regress := $(notdir $(basename $(call find,test/sql/*.sql)))
REGRESS := $(strip $(filter install,$(regress)) $(filter-out install,$(regress)))
REGRESS_OPTS = --inputdir=$(srcdir)/test
ISOLATION := $(notdir $(basename $(call find,test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --load-extension=aiconsent

# As system headers, the server's own do not warn.  They set the signatures of
# functions and hooks, so a parameter may go unused.  clang is told to pass over
# what the server was configured with for gcc.
PG_CPPFLAGS = -isystem $(includedir_server)
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter $(if $(findstring clang,$(CC)),\
	-Wno-unknown-warning-option -Wno-ignored-optimization-argument \
	-Wno-ignored-attributes)

EXTRA_CLEAN = .fuzz

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifneq ($(wildcard $(PGXS)),)
include $(PGXS)

# Out of the tree, only sources are looked up in the tree: what somebody built
# there would else be taken for built here.
srcdir := $(srcdir)
override VPATH :=
vpath %.c $(srcdir)
vpath %.control $(srcdir)

$(SCRIPT): $(addprefix $(here),$(call find,sql/[0-9]*.sql)) | sql
	{ printf '%s\n' '\echo Use "CREATE EXTENSION aiconsent" to load this file. \quit'; \
	  cat /dev/null $^; } >$@

$(OBJS) $(BITCODE): $(addprefix $(here),$(call find,src/*.h)) | src

src sql:
	mkdir -p $@
else
all install installcheck clean:
	@echo 'PostgreSQL has no extension building here: $(PG_CONFIG) --pgxs.' >&2
	@echo 'On Debian scripts/prepare installs what is missing.' >&2
	@false
endif

# The scripts start makes of their own: they get our variables, but not the
# job server.
script = MAKEFLAGS='$(MAKEOVERRIDES)' $(here)

demo:
	@$(script)demo/run

demo-keep:
	@$(script)demo/run --keep

demo-clean:
	@$(script)demo/run --clean

test:
	@$(script)test/run

# Each promise has a test that fails when it is broken; PROMISES="5 38" are some.
test-mutants:
	@$(script)scripts/prepare --tests >/dev/null
	@prove $(here)test/mutants/run.t $(if $(PROMISES),:: $(PROMISES))

# The same tests with each PostgreSQL that is supported; MAJORS=17 is one.
test-matrix:
	@$(script)scripts/matrix $(MAJORS)

# A reader who says all that the grammar has, for SMITH_SECONDS.
SMITH_SECONDS ?= 600
smith:
	@$(script)scripts/smith $(SMITH_SECONDS)

# Each parser that is pure C, src/NAME.c, is fed by its test/fuzz/NAME.c; what
# else it needs is in fuzz_NAME; seeds may stand in test/fuzz/NAME/, words in
# test/fuzz/NAME.dict.
FUZZ_SECONDS ?= 60
fuzz_school := $(here)src/fold.c
fuzz_scanner := $(wildcard $(here)src/scan_*.c) $(here)src/fold.c
FUZZERS := $(patsubst test/fuzz/%.c,fuzz-%,$(call find,test/fuzz/*.c))

fuzz: $(FUZZERS)

fuzz-tools:
	@$(here)scripts/prepare --tests >/dev/null

$(FUZZERS): fuzz-%: fuzz-tools
	mkdir -p .fuzz/$*
	clang -g -O1 -Wall -Wextra -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -I$(here)src \
		-o .fuzz/$*.run $(here)test/fuzz/$*.c $(here)src/$*.c $(fuzz_$*)
	.fuzz/$*.run -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
		-artifact_prefix=.fuzz/$*- \
		$(addprefix -dict=,$(wildcard $(here)test/fuzz/$*.dict)) \
		.fuzz/$* $(wildcard $(here)test/fuzz/$*)

.PHONY: demo demo-keep demo-clean test test-mutants test-matrix smith fuzz fuzz-tools $(FUZZERS)
