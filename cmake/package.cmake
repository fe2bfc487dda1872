# The Debian package: `./dev package`, or cpack in the build directory of the release preset.
cmake_host_system_information(RESULT distribution QUERY DISTRIB_ID)
cmake_host_system_information(RESULT release QUERY DISTRIB_VERSION_ID)
if(NOT distribution STREQUAL debian)
  return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rollcall)
set(CPACK_PACKAGE_VENDOR rollcall)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# Each release of Debian has libraries of its own, so a package for one is not one for another.
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~deb${release}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The Rollcall maintainers <maintainers@rollcall.example>")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "attendance of online meetings, into Kafka")
set(
  CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Providers of meeting bots tell who joined and who left with webhooks (late,
twice, out of order, or not at all) and to those who ask. Rollcall takes both,
and puts every event once, in order, per meeting, into Kafka.

The daemon is not started before it has been configured: it needs a Kafka and
at least one source of webhooks."
)
# The roots that providers' certificates are checked by; kill, for the unit's ExecReload.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.54~), ca-certificates, procps")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(debian ${PROJECT_SOURCE_DIR}/packaging/debian)
file(WRITE ${PROJECT_BINARY_DIR}/debian/conffiles "/etc/rollcall/rollcall.yaml\n")
set(
  CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_BINARY_DIR}/debian/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm
)
set(ROLLCALL_DEBIAN_VERSION "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
configure_file(${debian}/changelog.in ${PROJECT_BINARY_DIR}/debian/changelog.expanded @ONLY)
compressed(${PROJECT_BINARY_DIR}/debian/changelog.expanded ${PROJECT_BINARY_DIR}/debian/changelog.Debian)
install(
  FILES ${PROJECT_BINARY_DIR}/debian/changelog.Debian.gz ${debian}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR}
)
include(CPack)
