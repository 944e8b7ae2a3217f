# Every library that the project links, by the name layers.cmake uses for it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)

function(x1_package name pkgconfig)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${pkgconfig})
  add_library(pkg::${name} ALIAS PkgConfig::${name})
endfunction()

x1_package(crypto libcrypto)
x1_package(ssl libssl)
x1_package(sodium libsodium)
x1_package(seccomp libseccomp)
x1_package(sqlite sqlite3)
x1_package(cares libcares)
x1_package(ical libical)
x1_package(yaml yaml-cpp)
x1_package(spdlog spdlog)

add_library(pkg_nats INTERFACE)
target_link_libraries(pkg_nats INTERFACE nats)
add_library(pkg::nats ALIAS pkg_nats)

add_library(pkg_pugixml INTERFACE)
target_link_libraries(pkg_pugixml INTERFACE pugixml)
add_library(pkg::pugixml ALIAS pkg_pugixml)

# Asio's own functions are compiled once, here, instead of inline in each file that includes it.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/packages/asio.cpp CONTENT "#include <boost/asio/impl/src.hpp>\n")
add_library(pkg_asio STATIC ${CMAKE_BINARY_DIR}/packages/asio.cpp)
target_link_libraries(pkg_asio PUBLIC Boost::headers Threads::Threads PRIVATE x1_options)
target_compile_definitions(pkg_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_BOOST_COROUTINE)
target_compile_options(pkg_asio PRIVATE -w)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/packages/asio_ssl.cpp CONTENT "#include <boost/asio/ssl/impl/src.hpp>\n")
add_library(pkg_asio_ssl STATIC EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/packages/asio_ssl.cpp)
target_link_libraries(pkg_asio_ssl PUBLIC pkg_asio PkgConfig::ssl PRIVATE x1_options)
target_compile_options(pkg_asio_ssl PRIVATE -w)
add_library(pkg::asio_ssl ALIAS pkg_asio_ssl)
add_library(pkg::asio ALIAS pkg_asio)

add_library(pkg_cli11 INTERFACE)
add_library(pkg::cli11 ALIAS pkg_cli11)

add_library(pkg_json INTERFACE)
target_link_libraries(pkg_json INTERFACE Boost::json)
add_library(pkg::json ALIAS pkg_json)

add_library(pkg_url INTERFACE)
target_link_libraries(pkg_url INTERFACE Boost::url)
add_library(pkg::url ALIAS pkg_url)
