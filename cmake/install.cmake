# What `cmake --install` puts where. Everything finds everything else by relative paths, so that the installed
# tree can be moved as a whole.
include(CMakePackageConfigHelpers)

# The man page and the completions are printed by the command itself, from its tables.
set(IMGBATCH_DOCS)
if(NOT IMGBATCH_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
	function(imgbatch_print file)
		add_custom_command(OUTPUT ${file} COMMAND imgbatch_cli ${ARGN} > ${file}
			WORKING_DIRECTORY ${PROJECT_BINARY_DIR} DEPENDS imgbatch_cli VERBATIM)
		set(IMGBATCH_DOCS ${IMGBATCH_DOCS} ${PROJECT_BINARY_DIR}/${file} PARENT_SCOPE)
	endfunction()
	file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/doc)
	imgbatch_print(doc/imgbatch.1 --man)
	imgbatch_print(doc/imgbatch.bash --completion bash)
	imgbatch_print(doc/imgbatch.zsh --completion zsh)
	imgbatch_print(doc/imgbatch.fish --completion fish)
	add_custom_target(imgbatch_doc ALL DEPENDS ${IMGBATCH_DOCS})

	install(FILES ${PROJECT_BINARY_DIR}/doc/imgbatch.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
	install(FILES ${PROJECT_BINARY_DIR}/doc/imgbatch.bash RENAME imgbatch
		DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
	install(FILES ${PROJECT_BINARY_DIR}/doc/imgbatch.zsh RENAME _imgbatch
		DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
	install(FILES ${PROJECT_BINARY_DIR}/doc/imgbatch.fish
		DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

install(TARGETS imgbatch_cli)
install(TARGETS imgbatch-worker DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/imgbatch)
install(TARGETS imgbatch_shared EXPORT imgbatch)
install(FILES ${IMGBATCH_ARCHIVE} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/imgbatch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# pkg-config. OpenMP has no .pc file: its libraries are named as the compiler here names them.
set(IMGBATCH_PC_OPENMP)
foreach(name IN LISTS OpenMP_C_LIB_NAMES)
	string(APPEND IMGBATCH_PC_OPENMP " -l${name}")
endforeach()
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
	BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE IMGBATCH_PC_PREFIX)
configure_file(cmake/imgbatch.pc.in imgbatch.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/imgbatch.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# find_package(imgbatch)
set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/imgbatch)
install(EXPORT imgbatch NAMESPACE imgbatch:: FILE imgbatchTargets.cmake DESTINATION ${folder})
configure_package_config_file(cmake/imgbatchConfig.cmake.in imgbatchConfig.cmake
	INSTALL_DESTINATION ${folder} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
	CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(imgbatchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/imgbatchConfig.cmake ${PROJECT_BINARY_DIR}/imgbatchConfigVersion.cmake
	cmake/imgbatchGolden.cmake cmake/imgbatchGoldenRun.cmake DESTINATION ${folder})
