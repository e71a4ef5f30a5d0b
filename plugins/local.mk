# Plugins: one module a file.
