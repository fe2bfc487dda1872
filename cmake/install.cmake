# What a package has: the program, its unit, and the annotated settings with their schema and examples. The settings
# themselves, /etc/rollcall/rollcall.yaml, are the operator's and are never written.
include(GNUInstallDirs)
install(TARGETS rollcall RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/rollcall.service DESTINATION lib/systemd/system)
install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/rollcall)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
