# The schema that editors use is the one the daemon checks with: compiled in, so that no file is needed at run time.
set(schema_file ${PROJECT_SOURCE_DIR}/config/rollcall.schema.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${schema_file})
file(READ ${schema_file} ROLLCALL_SETTINGS_SCHEMA)
configure_file(settings/schema_text.cpp.in settings/schema_text.cpp @ONLY)
target_sources(settings PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/settings/schema_text.cpp)

# g++ 12 under AddressSanitizer sees uninitialised members inside std::regex (GCC bug 105562), which valijson uses. Clang
# does not know the warning.
set_source_files_properties(
  settings/schema.cpp PROPERTIES COMPILE_OPTIONS "-Wno-maybe-uninitialized;-Wno-unknown-warning-option"
)
