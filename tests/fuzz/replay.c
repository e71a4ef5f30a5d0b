/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target without libFuzzer: its corpus, then mutations of it, the same ones every
 * time. With files as arguments it runs those alone: how a finding is replayed. */
#include "fuzz.h"

#include <dirent.h>
#include <libgen.h>

enum { MUTATIONS = 3000, LARGEST = 1 << 16, MOST_SEEDS = 256 };

struct seed {
    uint8_t *data;
    size_t size;
};

static uint64_t state = UINT64_C(0x9E3779B97F4A7C15);

static uint32_t next_random(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

static bool read_seed(const char *path, struct seed *seed)
{
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    seed->data = malloc(LARGEST);
    seed->size = seed->data ? fread(seed->data, 1, LARGEST, stream) : 0;
    fclose(stream);
    return seed->data != NULL;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static size_t read_corpus(const char *folder, struct seed *seeds)
{
    struct dirent **entries;
    int found = scandir(folder, &entries, NULL, compare_names);
    size_t count = 0;
    for (int i = 0; i < found; i++) {
        char path[4096 + 256 + 1];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && count < MOST_SEEDS && read_seed(path, &seeds[count]))
            count++;
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
    return count;
}

/* Some small changes: a bit, a byte, a piece twice, a piece gone, a piece of another seed. */
static size_t mutate(uint8_t *data, size_t size, const struct seed *other)
{
    static const uint8_t telling[] = "\0\xFF[]=\"#;:/.,-%$|0129aZ \n\r\t\x7F\x80";
    for (uint32_t changes = 1 + next_random(4); changes; changes--) {
        size_t at = size ? next_random((uint32_t)size) : 0;
        size_t piece = 1 + next_random(16);
        switch (next_random(5)) {
        case 0:
            if (size)
                data[at] ^= (uint8_t)(1U << next_random(8));
            break;
        case 1:
            if (size)
                data[at] = telling[next_random(sizeof telling - 1)];
            break;
        case 2:
            if (piece > size - at)
                piece = size - at;
            if (size + piece <= LARGEST) {
                memmove(data + at + piece, data + at, size - at);
                size += piece;
            }
            break;
        case 3:
            if (piece > size - at)
                piece = size - at;
            memmove(data + at, data + at + piece, size - at - piece);
            size -= piece;
            break;
        default:
            if (piece <= other->size && at + piece <= LARGEST) {
                memcpy(data + at, other->data + next_random((uint32_t)(other->size - piece + 1)),
                       piece);
                size = at + piece > size ? at + piece : size;
            }
        }
    }
    return size;
}

static void run_mutations(const struct seed *seeds, size_t count)
{
    uint8_t *data = malloc(LARGEST);
    if (!data)
        abort();
    for (int i = 0; i < MUTATIONS; i++) {
        const struct seed *seed = &seeds[next_random((uint32_t)count)];
        memcpy(data, seed->data, seed->size);
        size_t size = mutate(data, seed->size, &seeds[next_random((uint32_t)count)]);
        LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
}

int main(int argc, char **argv)
{
    static struct seed seeds[MOST_SEEDS];
    size_t count = 0;
    for (int i = 1; i < argc && count < MOST_SEEDS; i++)
        count += read_seed(argv[i], &seeds[count]);
    if (argc == 1) {
        const char *source = getenv("srcdir");
        const char *name = basename(argv[0]);
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source ? source : ".",
                 strncmp(name, "lt-", 3) == 0 ? name + 3 : name);
        count = read_corpus(folder, seeds);
        if (count == 0) {
            fprintf(stderr, "%s holds nothing to start from\n", folder);
            return EXIT_FAILURE;
        }
    }
    for (size_t i = 0; i < count; i++)
        LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
    if (argc == 1)
        run_mutations(seeds, count);
    for (size_t i = 0; i < count; i++)
        free(seeds[i].data);
    printf("%zu inputs and %d mutations of them\n", count, argc == 1 ? MUTATIONS : 0);
    return EXIT_SUCCESS;
}
