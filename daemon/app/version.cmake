# --version tells of the libraries, and only CMake knows the versions of some.
configure_file(app/version.cpp.in app/version.cpp @ONLY)
target_sources(app PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/app/version.cpp)
