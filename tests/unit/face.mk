# Unit tests of host/face.
face_tests = tests/unit/test-face-arguments.tap tests/unit/test-face-output.tap \
	tests/unit/test-face-table.tap
face_fixture = tests/unit/face_table.c tests/unit/face_table.h

tests_unit_test_face_arguments_tap_SOURCES = tests/unit/test_face_arguments.c $(face_fixture)
tests_unit_test_face_arguments_tap_CFLAGS = $(unit_cflags)
tests_unit_test_face_arguments_tap_LDADD = $(unit_ldadd)

tests_unit_test_face_output_tap_SOURCES = tests/unit/test_face_output.c $(face_fixture)
tests_unit_test_face_output_tap_CFLAGS = $(unit_cflags)
tests_unit_test_face_output_tap_LDADD = $(unit_ldadd)

tests_unit_test_face_table_tap_SOURCES = tests/unit/test_face_table.c
tests_unit_test_face_table_tap_CFLAGS = $(unit_cflags)
tests_unit_test_face_table_tap_LDADD = $(unit_ldadd)

check_PROGRAMS += $(face_tests)
TESTS += $(face_tests)

# These run the program itself.
face_scripts = tests/unit/face-generated.sh tests/unit/face-completion.sh tests/unit/face-manners.sh
TESTS += $(face_scripts)
EXTRA_DIST += $(face_scripts)
