# What a package has: the program, its units, its manual, the annotated settings with their schema and examples, and
# settings to begin with.
#
#   cmake --preset release && cmake --build --preset release && cmake --install build/release     (DESTDIR is heeded)
include(GNUInstallDirs)
set(units ${PROJECT_BINARY_DIR}/systemd)

# notify-reload, with which `systemctl reload` returns when the reload is done, is known to systemd from 253 on. An
# older one, or one that is not known here, is told how to send SIGHUP.
set(ROLLCALL_SYSTEMD_VERSION "" CACHE STRING "The systemd the unit is made for; empty: the one of this machine")
set(systemd_version "${ROLLCALL_SYSTEMD_VERSION}")
find_program(SYSTEMCTL systemctl)
if(NOT systemd_version AND SYSTEMCTL)
  execute_process(COMMAND ${SYSTEMCTL} --version OUTPUT_VARIABLE answer)
  string(REGEX MATCH "^systemd ([0-9]+)" answer "${answer}")
  set(systemd_version "${CMAKE_MATCH_1}")
endif()
if(systemd_version VERSION_GREATER_EQUAL 253)
  set(ROLLCALL_SERVICE_TYPE notify-reload)
  set(ROLLCALL_SERVICE_RELOAD "# A reload is SIGHUP, and done when the daemon says so.")
else()
  set(ROLLCALL_SERVICE_TYPE notify)
  set(ROLLCALL_SERVICE_RELOAD "ExecReload=/bin/kill -HUP $MAINPID")
endif()
configure_file(systemd/rollcall.service.in ${units}/rollcall.service @ONLY)
configure_file(systemd/rollcall.socket ${units}/rollcall.socket COPYONLY)

# Debian has it compressed, without a date, so that the same sources make the same file.
function(compressed source target)
  file(READ ${source} text)
  file(WRITE ${target} "${text}")
  execute_process(COMMAND gzip -9nf ${target} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
compressed(${PROJECT_SOURCE_DIR}/docs/rollcall.1 ${PROJECT_BINARY_DIR}/docs/rollcall.1)

install(TARGETS rollcall RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${units}/rollcall.service ${units}/rollcall.socket DESTINATION lib/systemd/system)
install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/rollcall)
install(FILES ${PROJECT_BINARY_DIR}/docs/rollcall.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN rollcall.1 EXCLUDE)
# The operator's once it is there.
install(
  CODE "
  set(settings \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/rollcall/rollcall.yaml\")
  if(EXISTS \"\$ENV{DESTDIR}\${settings}\")
    message(STATUS \"Left as it is: \$ENV{DESTDIR}\${settings}\")
  else()
    file(INSTALL DESTINATION \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/rollcall\" TYPE FILE
         FILES \"${PROJECT_SOURCE_DIR}/packaging/rollcall.yaml\")
  endif()"
)
include(package)
