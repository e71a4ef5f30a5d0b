# Sample configuration. Samples go beside the program's data and are copied from there by the
# operator: an installation never touches a configuration in use.
confsampledir = $(pkgdatadir)/conf
dist_confsample_DATA = conf/flexhost.ini conf/local.ini conf/personas.ini conf/sizes.ini \
	conf/regions.ini conf/images.ini conf/validate-image.sh conf/validate-image.ps1
