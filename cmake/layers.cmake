# The architecture in one table: a line a folder, from the bottom up, with all that it may see.
# Trust is the first word of every path. Held here, by the include path, and by tests/contract/layers.

# pure: no I/O, no clock, no threads
x1_layer(pure/base)
x1_layer(pure/crypto  SEES pure/base USES crypto sodium THREADS)
x1_layer(pure/wire    SEES pure/base pure/crypto USES json asio)
x1_layer(pure/policy  SEES pure/base pure/crypto pure/wire)
x1_layer(pure/manifest SEES pure/base pure/wire pure/policy USES yaml)
x1_layer(pure/seam    SEES pure/base pure/crypto pure/wire)
x1_layer(pure/audit   SEES pure/base pure/crypto pure/wire)

# io: effects without judgement; policy is out of reach
x1_layer(io/log       SEES pure/base)
x1_layer(io/os        SEES pure/base)
# libseccomp as an archive: every program of ours links it, x1-init into a static executable.
find_library(X1_SECCOMP_ARCHIVE libseccomp.a REQUIRED)
add_library(pkg::seccomp_archive STATIC IMPORTED)
set_target_properties(pkg::seccomp_archive PROPERTIES IMPORTED_LOCATION ${X1_SECCOMP_ARCHIVE})
x1_layer(io/seal      SEES pure/base io/os USES seccomp_archive)
# Replaces operator delete: for the two programs that see passwords.
x1_layer(io/wipe      USES sodium)
x1_layer(io/net       SEES pure/base pure/wire pure/seam io/os USES asio)
x1_layer(io/bus       SEES pure/base pure/crypto pure/wire io/net USES asio)
x1_layer(io/nats      SEES pure/base pure/wire USES asio nats THREADS)
x1_layer(io/store     SEES pure/base pure/crypto USES sqlite)

# trusted: holds secrets or power; never parses hostile bytes
x1_layer(trusted/sandbox SEES pure/base io/os io/seal)
x1_layer(trusted/vault   SEES pure/base pure/crypto pure/wire pure/policy pure/seam pure/audit io/log io/os io/seal io/wipe io/net USES asio)
x1_layer(trusted/dialer  SEES pure/base pure/crypto pure/wire pure/policy pure/seam io/log io/os io/seal io/wipe io/net USES asio asio_ssl)
x1_layer(trusted/broker  SEES pure/base pure/crypto pure/wire pure/policy pure/seam pure/audit io/log io/os io/seal io/net io/bus USES asio)
x1_layer(trusted/api     SEES pure/base pure/crypto pure/wire pure/policy pure/seam pure/audit io/log io/os io/seal io/net io/nats io/store USES asio)
x1_layer(trusted/launch  SEES pure/base pure/crypto pure/wire pure/policy pure/manifest pure/seam io/log io/os io/seal io/net trusted/sandbox USES asio)
x1_layer(trusted/cli     SEES pure/base pure/crypto pure/wire pure/policy pure/manifest pure/seam pure/audit io/log io/os io/seal io/net trusted/launch trusted/sandbox USES asio cli11)

# exposed: ours, but touches hostile bytes: no secret, no network, sealed before the first read
x1_layer(exposed/gate     SEES pure/base pure/wire pure/seam io/log io/os io/seal io/net USES asio)
x1_layer(exposed/edge     SEES pure/base pure/wire pure/seam io/log io/os io/seal io/net USES asio)
x1_layer(exposed/resolver SEES pure/base pure/seam io/log io/os io/seal USES cares THREADS)
x1_layer(exposed/relay    SEES pure/base io/log io/os io/seal io/net USES asio)

# untrusted: runs inside a box; assume that the attacker wrote it
x1_layer(untrusted/init     SEES pure/base io/os io/seal)
x1_layer(untrusted/adapter  SEES pure/base pure/wire io/os)
x1_layer(untrusted/provider SEES pure/base pure/wire io/os io/nats THREADS)
x1_layer(untrusted/providers/calendar SEES pure/base pure/crypto pure/wire untrusted/provider USES ical pugixml)

# main: one file a program, wiring only
file(GLOB mains CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/main/*.cpp)
function(x1_program_if_written name)
  string(REPLACE "-" "_" file ${name})
  if(EXISTS ${CMAKE_SOURCE_DIR}/src/main/${file}.cpp)
    x1_program(${name} ${ARGN})
  endif()
endfunction()

x1_program_if_written(x1          trusted   SEES trusted/cli)
x1_program_if_written(x1-api      trusted   SEES trusted/api)
x1_program_if_written(x1-vault    trusted   SEES trusted/vault)
x1_program_if_written(x1-sidecar  trusted   SEES trusted/broker)
x1_program_if_written(x1-dialer   trusted   SEES trusted/dialer)
x1_program_if_written(x1-gate     exposed   SEES exposed/gate)
x1_program_if_written(x1-edge     exposed   SEES exposed/edge)
x1_program_if_written(x1-resolver exposed   SEES exposed/resolver)
x1_program_if_written(x1-relay    exposed   SEES exposed/relay)
x1_program_if_written(x1-init     untrusted SEES untrusted/init)
x1_program_if_written(x1-adapter  untrusted SEES untrusted/adapter)
x1_program_if_written(x1-provider-calendar untrusted SEES untrusted/providers/calendar)

# x1-init starts with every box: static, so that a start does not pay for loading libraries.
if(TARGET x1-init AND NOT X1_SANITIZE)
  target_link_options(x1-init PRIVATE -static-pie)
endif()

# What attacks and measures the sandbox. The probe runs inside a box and sees nothing of ours.
if(X1_TESTS)
  file(GLOB probe_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/hostile/probe/*.cpp)
  if(probe_sources)
    add_executable(x1-probe ${probe_sources})
    target_link_libraries(x1-probe PRIVATE x1_options)
    target_link_options(x1-probe PRIVATE -static-pie)
  endif()
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/hostile/sandbox_test.cpp)
    file(GLOB sandbox_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/hostile/sandbox*.cpp)
    add_executable(x1_hostile_sandbox_test ${sandbox_tests})
    target_link_libraries(x1_hostile_sandbox_test PRIVATE x1_trusted_launch x1_trusted_sandbox x1_options)
    target_compile_options(x1_hostile_sandbox_test PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-unsafe-buffer-usage>)
    set_target_properties(x1_hostile_sandbox_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
    add_dependencies(x1_hostile_sandbox_test x1-probe x1-init)
    add_test(NAME hostile/sandbox COMMAND x1_hostile_sandbox_test)
    set_tests_properties(hostile/sandbox PROPERTIES LABELS hostile TIMEOUT 300)
  endif()
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/bench/sandbox_start.cpp)
  add_executable(sandbox-start-bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/sandbox_start.cpp)
  target_link_libraries(sandbox-start-bench PRIVATE x1_trusted_launch x1_trusted_sandbox x1_options)
endif()
