# Headers of others that most files include, compiled once and used by every target: half of a build's time went into
# reading them again. Each file includes what it uses all the same; X1_PCH=OFF builds without.
set(X1_HEADERS_std <algorithm> <array> <charconv> <chrono> <filesystem> <functional> <map> <memory> <optional> <set>
  <span> <string> <string_view> <utility> <variant> <vector>)
set(X1_HEADERS_asio ${X1_HEADERS_std} <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/buffer.hpp>
  <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/local/stream_protocol.hpp>
  <boost/asio/post.hpp> <boost/asio/posix/stream_descriptor.hpp> <boost/asio/steady_timer.hpp>
  <boost/asio/use_awaitable.hpp> <boost/asio/write.hpp>)
set(X1_HEADERS_test_std <doctest/doctest.h> ${X1_HEADERS_std})
set(X1_HEADERS_test_asio <doctest/doctest.h> ${X1_HEADERS_asio})

# x1_precompiled(TARGET SET): has it use the headers of X1_HEADERS_SET. Call it after the target's own options are set.
function(x1_precompiled target set)
  if(NOT X1_PCH)
    return()
  endif()
  set(shared x1_headers_${set})
  if(NOT TARGET ${shared})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers/empty.cpp CONTENT "")
    add_library(${shared} OBJECT ${CMAKE_BINARY_DIR}/headers/empty.cpp)
    target_link_libraries(${shared} PRIVATE x1_options)
    if(set MATCHES "asio$")
      target_link_libraries(${shared} PRIVATE pkg::asio)
    endif()
    if(set MATCHES "^test")
      target_link_libraries(${shared} PRIVATE x1_doctest)
    endif()
    target_precompile_headers(${shared} PRIVATE ${X1_HEADERS_${set}})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
endfunction()
