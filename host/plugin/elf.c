/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic symbol table of an ELF file. */
#include "plugin/elf.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Copied out of the image, for nothing in it need be aligned. */
static bool copy_out(void *to, size_t size, const char *image, size_t length, uint64_t offset)
{
    if (offset > length || length - offset < size)
        return false;
    memcpy(to, image + offset, size);
    return true;
}

static int check_header(const char *image, size_t length, ElfW(Ehdr) * header, struct error *err)
{
    ElfW(Ehdr) own;
    const uint16_t one = 1;
    const int own_order = *(const char *)&one ? ELFDATA2LSB : ELFDATA2MSB;
    const int own_class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (length < sizeof own || memcmp(image, ELFMAG, SELFMAG) != 0)
        return error_set(err, ERROR_USAGE, NULL,
                         "it is not a shared object (an ELF file): name the .so that the "
                         "plugin's build made");
    memcpy(header, image, sizeof *header);
    if (header->e_ident[EI_CLASS] != own_class || header->e_ident[EI_DATA] != own_order)
        return error_set(err, ERROR_USAGE, NULL,
                         "it is built for another kind of machine: build it on this one");
    if (header->e_type != ET_DYN)
        return error_set(err, ERROR_USAGE, NULL,
                         "it is not a shared object (ELF type %u): link it with -shared",
                         (unsigned)header->e_type);
    if (header->e_shentsize != sizeof(ElfW(Shdr)) || !header->e_shnum)
        return error_set(err, ERROR_USAGE, NULL,
                         "it has no section table, so its exports cannot be told: do not strip "
                         "it of section headers");
    return 0;
}

static bool is_export(const ElfW(Sym) * symbol)
{
    unsigned bind = symbol->st_info >> 4;
    unsigned visibility = symbol->st_other & 3;
    return symbol->st_shndx != SHN_UNDEF && (bind == STB_GLOBAL || bind == STB_WEAK) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

static int damaged(struct error *err)
{
    return error_set(err, ERROR_USAGE, NULL, "its symbol table is damaged: build it again");
}

static int read_symbols(const char *image, size_t length, const ElfW(Shdr) * table,
                        const ElfW(Shdr) * names, elf_symbol_fn *each, void *context,
                        struct error *err)
{
    if (names->sh_offset > length || length - names->sh_offset < names->sh_size ||
        !names->sh_size || image[names->sh_offset + names->sh_size - 1] != '\0')
        return damaged(err);
    const char *texts = image + names->sh_offset;
    for (uint64_t at = 0; table->sh_size - at >= sizeof(ElfW(Sym)); at += sizeof(ElfW(Sym))) {
        ElfW(Sym) symbol;
        if (table->sh_offset > length ||
            !copy_out(&symbol, sizeof symbol, image, length, table->sh_offset + at) ||
            symbol.st_name >= names->sh_size)
            return damaged(err);
        if (is_export(&symbol))
            each(context, texts + symbol.st_name);
    }
    return 0;
}

int elf_exports(const char *image, size_t length, elf_symbol_fn *each, void *context,
                struct error *err)
{
    ElfW(Ehdr) header;
    if (check_header(image, length, &header, err) < 0)
        return -1;
    if (header.e_shoff > length || (length - header.e_shoff) / sizeof(ElfW(Shdr)) < header.e_shnum)
        return damaged(err);
    const char *sections = image + header.e_shoff;
    for (unsigned i = 0; i < header.e_shnum; i++) {
        ElfW(Shdr) table, names;
        memcpy(&table, sections + i * sizeof table, sizeof table);
        if (table.sh_type != SHT_DYNSYM)
            continue;
        if (table.sh_link >= header.e_shnum)
            return damaged(err);
        memcpy(&names, sections + table.sh_link * sizeof names, sizeof names);
        return read_symbols(image, length, &table, &names, each, context, err);
    }
    return error_set(err, ERROR_USAGE, NULL, "it exports nothing: export fh_plugin_entry");
}
