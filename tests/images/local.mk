# The checks of images, on machines that are folders.
IMAGE_TESTS = tests/images/validate-image.tap
TESTS += $(IMAGE_TESTS)
EXTRA_DIST += $(IMAGE_TESTS)
