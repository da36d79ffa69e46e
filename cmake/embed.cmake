# SPDX-License-Identifier: Apache-2.0
# Style sheets and scripts of pages, built into the library: src/ROOM/NAME.EXT becomes `const char ROOM_NAME_EXT[]`, a string.
#
# Included by CMakeLists.txt, which gets imgbatch_embed(LIST FILE...); run by itself (cmake -DIN= -DOUT= -DNAME= -P),
# it makes one C file. Whoever uses such a string declares it.

if(CMAKE_SCRIPT_MODE_FILE)
	file(READ ${IN} bytes HEX)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(REGEX REPLACE "([^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,)" "\\1\n" bytes "${bytes}")
	file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${bytes}0x00};\n")
	return()
endif()

# Appends to LIST the C files that will be made.
function(imgbatch_embed list)
	foreach(file IN LISTS ARGN)
		cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/src OUTPUT_VARIABLE name)
		set(made ${PROJECT_BINARY_DIR}/generated/${name}.c)
		string(MAKE_C_IDENTIFIER ${name} name)
		add_custom_command(OUTPUT ${made}
			COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${made} -DNAME=${name}
				-P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
			DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
		list(APPEND ${list} ${made})
	endforeach()
	set(${list} ${${list}} PARENT_SCOPE)
endfunction()
