# Warnings, hardening and sanitizers: one interface target that every target of ours links.
add_library(x1_options INTERFACE)

target_compile_options(x1_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fno-strict-aliasing)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(x1_options INTERFACE -Wunsafe-buffer-usage -Wno-unsafe-buffer-usage-in-container)
else()
  # g++ is a second set of warnings only; it is never used for a release (docs/adr/0003-clang.md).
  # Two false alarms of g++ 12: the unused members of a std::variant, and the allocation of a coroutine's frame.
  target_compile_options(x1_options INTERFACE -Wno-unknown-pragmas -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()

set(hardened "$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:Clang>>")
target_compile_options(x1_options INTERFACE
  -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
  $<${hardened}:-U_FORTIFY_SOURCE> $<${hardened}:-D_FORTIFY_SOURCE=3>
  $<$<CXX_COMPILER_ID:Clang>:-ftrivial-auto-var-init=zero>)
target_compile_definitions(x1_options INTERFACE _GLIBCXX_ASSERTIONS)
# Our libraries are static parts of executables: one kind of position-independent code, so that all share their
# precompiled headers.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_COMPILE_OPTIONS_PIC -fPIE)
include(CheckPIESupported)
check_pie_supported()
target_link_options(x1_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed)

if(X1_SANITIZE)
  target_compile_options(x1_options INTERFACE -fsanitize=${X1_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(x1_options INTERFACE -fsanitize=${X1_SANITIZE})
  if(X1_SANITIZE STREQUAL "thread")
    # It replaces operator new and delete, as io/wipe does: the first definition, which is its own, counts.
    target_link_options(x1_options INTERFACE -Wl,--allow-multiple-definition)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(x1_options INTERFACE -fsanitize=bounds,signed-integer-overflow -fsanitize-trap=all)
endif()

find_program(X1_CCACHE ccache)
if(X1_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${X1_CCACHE})
endif()
find_program(X1_MOLD mold)
if(X1_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(x1_options INTERFACE -fuse-ld=mold)
endif()
