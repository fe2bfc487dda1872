# How our own targets are compiled. Third-party headers are SYSTEM and stay out of it.
add_library(rollcall_compiler INTERFACE)
# Members with defaults are left out of designated initialisers on purpose.
target_compile_options(
  rollcall_compiler INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-field-initializers
)
if(ROLLCALL_WERROR)
  target_compile_options(rollcall_compiler INTERFACE -Werror)
endif()

# Sanitizers must see everything that is linked together, so they are set for the whole tree.
if(ROLLCALL_SANITIZE)
  add_compile_options(-fsanitize=${ROLLCALL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROLLCALL_SANITIZE})
  if(ROLLCALL_SANITIZE MATCHES undefined)
    # The vptr check asks the kernel for a pipe to see whether an object can be read; in a test where no descriptor is
    # left, it calls every object broken.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  if(ROLLCALL_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)  # atomic_thread_fence inside Asio
  endif()
endif()
if(CMAKE_BUILD_TYPE STREQUAL Debug)
  add_compile_options(-O1 -g1)
endif()
