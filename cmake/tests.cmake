# The suites beyond the unit tests: contract, e2e, hostile. ./test picks them by their CTest label.

# x1_suite_test(SUITE NAME SOURCES file… [SEES folder…] [USES package…] [OWN_MAIN])
# A doctest program under tests/SUITE, with doctest's main unless it has its own. It finds the built programs by X1_BIN, the sources by X1_SOURCE_DIR.
function(x1_suite_test suite name)
  cmake_parse_arguments(arg "OWN_MAIN" "" "SOURCES;SEES;USES" ${ARGN})
  set(target ${suite}_${name})
  list(TRANSFORM arg_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/tests/${suite}/)
  add_executable(${target} ${arg_SOURCES})
  if(NOT arg_OWN_MAIN)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:x1_doctest_main>)
  endif()
  target_link_libraries(${target} PRIVATE x1_doctest x1_options rapidcheck)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  foreach(group IN LISTS X1_GROUPS)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src/${group})
  endforeach()
  target_compile_definitions(${target} PRIVATE X1_SOURCE_DIR="${CMAKE_SOURCE_DIR}" X1_BIN_DIR="${CMAKE_BINARY_DIR}/bin")
  foreach(seen IN LISTS arg_SEES)
    x1_target_name(${seen} seen_target)
    target_link_libraries(${target} PRIVATE ${seen_target})
  endforeach()
  foreach(package IN LISTS arg_USES)
    target_link_libraries(${target} PRIVATE pkg::${package})
  endforeach()
  x1_precompiled(${target} test_asio)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  add_test(NAME ${suite}/${name} COMMAND ${target})
  set_tests_properties(${suite}/${name} PROPERTIES LABELS ${suite} TIMEOUT 300
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} ENVIRONMENT "X1_BIN=${CMAKE_BINARY_DIR}/bin")
endfunction()

# x1_suite_script(SUITE NAME COMMAND…): any program that prints "N passed, N failed, N skipped" last.
function(x1_suite_script suite name)
  add_test(NAME ${suite}/${name} COMMAND ${ARGN})
  set_tests_properties(${suite}/${name} PROPERTIES LABELS ${suite} TIMEOUT 600
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} ENVIRONMENT "X1_BIN=${CMAKE_BINARY_DIR}/bin;X1_BUILD=${CMAKE_BINARY_DIR}")
endfunction()

x1_suite_script(contract layers python3 tests/contract/layers.py)
x1_suite_script(contract house python3 tests/contract/house.py)
x1_suite_script(contract format bash tests/contract/format.sh)
x1_suite_script(contract docs python3 tests/contract/docs.py)
x1_suite_script(contract links python3 tests/contract/links.py)
x1_suite_script(contract threat_model python3 tests/contract/threat_model.py)
x1_suite_script(contract states python3 tools/states/generate.py --check)
x1_suite_script(contract mutations python3 tools/test/mutants.py --fit)
x1_suite_test(contract bus_identity SOURCES bus_identity_test.cpp bus_credential_test.cpp bus_server.cpp
  SEES trusted/launch)
x1_suite_test(contract bus_client SOURCES bus_client_test.cpp bus_server.cpp SEES trusted/broker trusted/launch)
x1_suite_test(contract openapi SOURCES openapi/world.cpp openapi/schema.cpp openapi/table_test.cpp
  openapi/broker_end.cpp openapi/caller.cpp openapi/declared_test.cpp openapi/bad_input_test.cpp bus_server.cpp
  SEES trusted/api trusted/launch)

# The platform's own life, with the real programs.
x1_suite_test(e2e platform SOURCES platform_test.cpp session_test.cpp SEES trusted/launch)
add_dependencies(e2e_platform programs)

# What an attacker does who is inside already: on the bus, in gate, in each of our programs.
x1_suite_test(hostile bus SOURCES bus_test.cpp ../contract/bus_server.cpp SEES trusted/launch)
x1_suite_test(hostile lying_gate SOURCES lying_gate_test.cpp SEES trusted/broker)
x1_suite_test(hostile ticket SOURCES ticket_test.cpp SEES trusted/broker)
x1_suite_test(hostile consent SOURCES consent_test.cpp SEES trusted/broker)
x1_suite_test(hostile lying_api SOURCES lying_api_test.cpp SEES trusted/broker)
x1_suite_test(hostile old_key SOURCES old_key_test.cpp SEES trusted/broker)
x1_suite_test(hostile replacement SOURCES replacement_test.cpp SEES trusted/broker)
x1_suite_test(hostile cut_off SOURCES cut_off_test.cpp SEES trusted/broker)
x1_suite_test(hostile lying_broker SOURCES lying_broker_test.cpp ../contract/openapi/world.cpp
  ../contract/openapi/broker_end.cpp ../contract/openapi/caller.cpp ../contract/openapi/schema.cpp
  ../contract/bus_server.cpp SEES trusted/api trusted/launch)
add_dependencies(hostile_lying_broker x1-api x1-edge)
x1_suite_test(hostile two_apis SOURCES two_apis_test.cpp ../contract/openapi/world.cpp
  ../contract/openapi/broker_end.cpp ../contract/openapi/caller.cpp ../contract/openapi/schema.cpp
  ../contract/bus_server.cpp SEES trusted/api trusted/launch)
add_dependencies(hostile_two_apis x1-api x1-edge)
x1_suite_test(hostile lying_edge SOURCES lying_edge_test.cpp ../contract/openapi/world.cpp ../contract/bus_server.cpp
  SEES trusted/api trusted/launch)
add_dependencies(hostile_lying_edge x1-api)
x1_suite_test(hostile compromised_process OWN_MAIN
  SOURCES compromised_process_test.cpp sandbox_box.cpp sandbox_main.cpp SEES trusted/launch)
add_executable(x1-evil tests/hostile/evil/strict_process.cpp)
target_link_libraries(x1-evil PRIVATE x1_options x1_io_seal)
target_compile_options(x1-evil PRIVATE $<$<CXX_COMPILER_ID:Clang>:-Wno-unsafe-buffer-usage>)
add_dependencies(hostile_compromised_process x1-evil x1-init x1-probe)
x1_suite_script(hostile session python3 tests/hostile/session_test.py)
x1_suite_script(hostile grant_matrix python3 tests/hostile/grant_matrix.py)
x1_suite_script(hostile terminals python3 tests/hostile/terminals_test.py)
x1_suite_script(hostile sleepers python3 tests/hostile/sleepers_test.py)
x1_suite_script(hostile browser python3 tests/hostile/browser_test.py)
add_executable(x1-evil-provider tests/hostile/evil/straying_provider.cpp)
target_link_libraries(x1-evil-provider PRIVATE x1_options x1_untrusted_providers_calendar)
x1_suite_script(hostile straying_provider python3 tests/hostile/straying_provider.py)

# The models, whole and without each of their guards; and the programs without them. Too slow for the fast suites.
x1_suite_script(models all python3 tests/models/check.py)
set_tests_properties(models/all PROPERTIES TIMEOUT 1800)

# Each protection taken away on purpose; its test must fail (tests/hostile/mutations).
x1_suite_script(mutants all python3 tools/test/mutants.py)
set_tests_properties(mutants/all PROPERTIES TIMEOUT 5400)

# The demo, from an empty state to an uninstalled one, with yes and with no.
x1_suite_script(e2e demo bash tests/e2e/demo.sh)

# A person's ways through the platform, each with a platform of its own (tests/e2e/world.py).
x1_suite_script(e2e wire python3 tests/e2e/wire.py)
x1_suite_script(e2e calendar python3 tests/e2e/calendar_tools.py)
x1_suite_script(e2e narrowing python3 tests/e2e/narrowing.py)
x1_suite_script(e2e connect python3 tests/e2e/connect.py)
x1_suite_script(e2e chat python3 tests/e2e/chat.py)
x1_suite_script(e2e people python3 tests/e2e/people.py)
x1_suite_script(e2e sdk python3 tests/e2e/sdk.py)
x1_suite_script(e2e approvals python3 tests/e2e/approvals.py)
x1_suite_script(e2e passkey python3 tests/e2e/passkey.py)
x1_suite_script(e2e limits python3 tests/e2e/limits.py)
x1_suite_script(e2e keys python3 tests/e2e/keys.py)
x1_suite_script(e2e faults python3 tests/e2e/faults.py)
x1_suite_script(e2e restarts python3 tests/e2e/restarts.py)
x1_suite_script(e2e nonsense python3 tests/e2e/nonsense.py)
