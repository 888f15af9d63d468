# Every third-party library of the project, found once. hack/setup installs their Debian packages.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(cpprestsdk CONFIG REQUIRED)
find_package(civetweb CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)

# Asio without Boost: Boost's copy would clash with the one inside cpprestsdk.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(rewind_asio INTERFACE)
target_include_directories(rewind_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
target_compile_definitions(rewind_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(rewind_asio INTERFACE Threads::Threads)
if(REWIND_SANITIZER)
  # Asio picks its allocator by what was included before it; two choices in one program are an
  # alloc-dealloc mismatch to ASan.
  target_compile_definitions(rewind_asio INTERFACE ASIO_DISABLE_STD_ALIGNED_ALLOC)
endif()

# Debian's cpprestsdk package leaves its OpenSSL link line empty.
add_library(rewind_cpprest INTERFACE)
target_link_libraries(rewind_cpprest INTERFACE cpprestsdk::cpprest OpenSSL::SSL OpenSSL::Crypto)
