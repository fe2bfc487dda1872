# Every library we use, under one name each. A library is linked by the one folder that owns it.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(SQLiteCpp REQUIRED)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
if(ROLLCALL_KAFKA)
  pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka>=2.0.2)
endif()

# Asio and Beast, compiled once instead of in every translation unit.
add_library(boost_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/boost_asio.cpp)
target_link_libraries(boost_asio PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(
  boost_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
)

# Not with RAPIDJSON_SSE2 or _NEON: in 1.1 they leave U+001A to U+001F unescaped, and read behind the end of a text.
add_library(rapidjson INTERFACE)
target_compile_definitions(rapidjson INTERFACE RAPIDJSON_HAS_STDSTRING=1)

if(NOT TARGET yaml-cpp::yaml-cpp)  # the name before 0.8
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Records are allocated on one thread and freed on another all day long. glibc's malloc then keeps three times the
# memory and takes more time (tests/bench/relay); the sanitizers bring an allocator of their own.
add_library(allocator INTERFACE)
if(NOT ROLLCALL_SANITIZE)
  pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
  target_link_libraries(allocator INTERFACE PkgConfig::jemalloc)
endif()
