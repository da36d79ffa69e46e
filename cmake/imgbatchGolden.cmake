# Golden tests for projects that find imgbatch: a command makes pictures, `imgbatch compare` looks at them.
#
#	imgbatch_add_golden_test(NAME thumbnails
#		COMMAND thumbs ${CMAKE_CURRENT_SOURCE_DIR}/pictures <ACTUAL>
#		GOLDEN ${CMAKE_CURRENT_SOURCE_DIR}/golden
#		[OPTIONS --threshold 1 --max-diff-pixels 20 ...]     as `imgbatch compare --help` lists them
#		[WORKING_DIRECTORY DIR])
#
# adds the test NAME. Its COMMAND (a target's name is fine) runs with <ACTUAL> replaced by an empty folder that is
# there, ${CMAKE_CURRENT_BINARY_DIR}/golden/NAME/actual; then that folder has to be like GOLDEN, a folder. Pictures of the
# differences lie in golden/NAME/diff, the verdicts in golden/NAME/junit.xml. GOLDEN may hold a file `tolerances`.
#
# The target NAME-update runs the command and takes over what differs; NAME-update is never part of `all`, and refused
# where CI is set in the environment.
include_guard()
set(IMGBATCH_GOLDEN_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/imgbatchGoldenRun.cmake)

function(imgbatch_add_golden_test)
	cmake_parse_arguments(PARSE_ARGV 0 golden "" "NAME;GOLDEN;WORKING_DIRECTORY" "COMMAND;OPTIONS")
	foreach(needed IN ITEMS NAME GOLDEN COMMAND)
		if(NOT golden_${needed})
			message(FATAL_ERROR "imgbatch_add_golden_test needs ${needed}")
		endif()
	endforeach()
	if(golden_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "imgbatch_add_golden_test does not know ${golden_UNPARSED_ARGUMENTS}")
	endif()
	if(NOT golden_WORKING_DIRECTORY)
		set(golden_WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
	endif()
	list(POP_FRONT golden_COMMAND program)
	set(update_depends)
	if(TARGET ${program})
		set(update_depends ${program})
		set(program $<TARGET_FILE:${program}>)
	endif()
	set(words ${CMAKE_COMMAND} -D IMGBATCH=${IMGBATCH_COMMAND} -D GOLDEN=${golden_GOLDEN}
		-D TOP=${CMAKE_CURRENT_BINARY_DIR}/golden/${golden_NAME})
	set(run -P ${IMGBATCH_GOLDEN_SCRIPT} -- ${golden_OPTIONS} -- ${program} ${golden_COMMAND})
	add_test(NAME ${golden_NAME} COMMAND ${words} ${run} WORKING_DIRECTORY ${golden_WORKING_DIRECTORY})
	add_custom_target(${golden_NAME}-update COMMAND ${words} -D UPDATE=ON ${run}
		WORKING_DIRECTORY ${golden_WORKING_DIRECTORY} DEPENDS ${update_depends} VERBATIM)
endfunction()
