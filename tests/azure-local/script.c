/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts of Run Command. Nothing is run unless the world or the control plane names a folder for
 * the machine's image. The folder is the working directory and FLEXHOST_ROOT; it is no prison, so
 * only scripts that one would run oneself belong here. The server goes on meanwhile, since a script
 * may ask it for something.
 */
#include "script.h"

#include "text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USUAL_SECONDS = 60, MOST_SECONDS = 300, MOST_OUTPUT = 4 << 20, MOST_WORDS = 64 };

struct script {
    pid_t pid;
    FILE *out, *err;
    char path[64];    /* of the script's text */
    int64_t deadline; /* the client's clock */
    bool ended, timed_out;
    int status;
};

/* publisher:offer:sku:version, or the id of the image or disk. */
static char *image_of(struct pool *pool, const struct resource *machine)
{
    const json_t *profile = dig(machine->body, "properties.storageProfile");
    const json_t *image = dig(profile, "imageReference");
    const char *version = dig_text(image, "exactVersion");
    const char *id = dig_text(image, "id");

    if (dig_text(image, "publisher"))
        return pool_print(pool, "%s:%s:%s:%s", dig_text(image, "publisher"),
                          dig_text(image, "offer"), dig_text(image, "sku"),
                          version ? version : dig_text(image, "version"));
    if (!id)
        id = dig_text(profile, "osDisk.managedDisk.id");
    return pool_text(pool, id ? id : "");
}

static const char *root_of(struct sim *sim, struct pool *pool, const struct resource *machine)
{
    char *image = image_of(pool, machine);
    const char *path = NULL;
    json_t *root;
    size_t i;

    if (!same_text(dig_text(machine->body, "properties.storageProfile.osDisk.osType"), "Linux"))
        return NULL;
    json_array_foreach(sim->machine_roots, i,
                       root) if (text_matches(dig_text(root, "image"), image)) path =
        dig_text(root, "path"); /* the last that fits */
    return path;
}

static int write_script(struct script *script, const char *text)
{
    size_t size = strlen(text);
    int fd;

    strcpy(script->path, "/tmp/azure-local-script-XXXXXX");
    fd = mkostemp(script->path, O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (write(fd, text, size) != (ssize_t)size) {
        close(fd);
        return -1;
    }
    return close(fd);
}

struct words {
    char *list[MOST_WORDS];
    size_t count;
};

static void add_word(struct words *words, char *word)
{
    if (words->count + 1 < MOST_WORDS)
        words->list[words->count++] = word;
}

/* Parameters with a name are in the environment, the others stand behind the script. */
static void add_parameters(struct pool *pool, const json_t *list, struct words *arguments,
                           struct words *environment)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const char *name = dig_text(one, "name"), *value = dig_text(one, "value");

        if (!value)
            continue;
        if (name && *name)
            add_word(environment, pool_print(pool, "%s=%s", name, value));
        else
            add_word(arguments, pool_text(pool, value));
    }
}

static void become(const struct script *script, const char *root, char **arguments,
                   char **environment, int seconds)
{
    struct rlimit limit = {(rlim_t)seconds, (rlim_t)seconds};
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    setrlimit(RLIMIT_CPU, &limit);
    if (null < 0 || dup2(null, 0) < 0 || dup2(fileno(script->out), 1) < 0 ||
        dup2(fileno(script->err), 2) < 0 || chdir(root))
        _exit(126);
    close_range(3, ~0U, 0);
    execve("/bin/sh", arguments, environment);
    _exit(127);
}

static int start(struct sim *sim, struct pool *pool, struct resource *run, struct script *script,
                 const json_t *asked, const char *root)
{
    struct words arguments = {{pool_text(pool, "sh"), script->path}, 2};
    struct words environment = {{pool_text(pool, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                                 pool_print(pool, "HOME=%s", root), pool_text(pool, "LANG=C.UTF-8"),
                                 pool_print(pool, "FLEXHOST_ROOT=%s", root)},
                                4};
    json_int_t asked_seconds = json_integer_value(dig(run->body, "properties.timeoutInSeconds"));
    int seconds =
        asked_seconds > 0 && asked_seconds < MOST_SECONDS ? (int)asked_seconds : USUAL_SECONDS;

    add_parameters(pool, dig(asked, "properties.parameters"), &arguments, &environment);
    add_parameters(pool, dig(asked, "properties.protectedParameters"), &arguments, &environment);
    script->out = tmpfile();
    script->err = tmpfile();
    if (!script->out || !script->err ||
        write_script(script, dig_text(run->body, "properties.source.script")))
        return -1;
    script->deadline = clock_real() + seconds * 1000LL;
    script->pid = fork();
    if (script->pid == 0)
        become(script, root, arguments.list, environment.list, seconds);
    return script->pid > 0 ? 0 : -1;
}

static void release(struct script *script)
{
    if (script->pid > 0 && !script->ended) {
        kill(-script->pid, SIGKILL);
        waitpid(script->pid, NULL, 0);
    }
    if (script->out)
        fclose(script->out);
    if (script->err)
        fclose(script->err);
    if (*script->path)
        unlink(script->path);
    free(script);
}

void script_drop(struct sim *sim, struct resource *run)
{
    struct script *script = table_take(&sim->scripts, run->key);

    if (script)
        release(script);
}

static void release_value(void *value)
{
    release(value);
}

void scripts_end(struct sim *sim)
{
    table_end(&sim->scripts, release_value);
}

void script_begin(struct sim *sim, struct resource *run, const json_t *asked)
{
    struct pool pool = {0};
    const char *root = root_of(sim, &pool, run->parent);
    struct script *script;

    script_drop(sim, run);
    if (root && dig_text(run->body, "properties.source.script")) {
        script = must_alloc(sizeof *script);
        if (start(sim, &pool, run, script, asked, root)) {
            script->ended = true;
            script->status = 126 << 8;
        }
        table_put(&sim->scripts, run->key, script);
    }
    pool_empty(&pool);
}

bool script_running(struct sim *sim, struct resource *run)
{
    struct script *script = table_get(&sim->scripts, run->key);

    if (!script || script->ended)
        return false;
    if (waitpid(script->pid, &script->status, WNOHANG) == 0) {
        if (clock_real() < script->deadline)
            return true;
        script->timed_out = true;
        kill(-script->pid, SIGKILL);
        waitpid(script->pid, &script->status, 0);
    }
    kill(-script->pid, SIGKILL); /* what it left behind would go on writing */
    script->ended = true;
    return false;
}

static char *read_all(struct pool *pool, FILE *file)
{
    char *text;
    size_t size;

    if (!file || fseek(file, 0, SEEK_END))
        return pool_text(pool, "");
    size = (size_t)ftell(file);
    if (size > MOST_OUTPUT)
        size = MOST_OUTPUT;
    rewind(file);
    text = pool_alloc(pool, size + 1);
    text[fread(text, 1, size, file)] = '\0';
    return text;
}

bool script_take(struct sim *sim, struct pool *pool, struct resource *run, struct script_end *end)
{
    struct script *script = table_get(&sim->scripts, run->key);

    if (!script)
        return false;
    end->output = read_all(pool, script->out);
    end->error = read_all(pool, script->err);
    end->timed_out = script->timed_out;
    end->exit_code = script->timed_out           ? -1
                     : WIFEXITED(script->status) ? WEXITSTATUS(script->status)
                                                 : 128 + WTERMSIG(script->status);
    script_drop(sim, run);
    return true;
}

bool script_answer(struct sim *sim, struct pool *pool, const struct resource *run,
                   struct script_end *end)
{
    const char *text = dig_text(run->body, "properties.source.script");
    bool found = false;
    json_t *answer;
    size_t i;

    json_array_foreach(sim->script_answers, i, answer)
    {
        if (!text || !text_matches(dig_text(answer, "pattern"), text))
            continue;
        end->output = pool_text(pool, dig_text(answer, "output"));
        end->error = pool_text(pool, "");
        end->exit_code = (int)json_integer_value(json_object_get(answer, "exitCode"));
        found = true; /* the last that fits */
    }
    return found;
}

int machine_root_add(struct sim *sim, const char *image, const char *path)
{
    struct stat about;

    if (*path != '/' || stat(path, &about) || !S_ISDIR(about.st_mode))
        return -1;
    json_array_append_new(sim->machine_roots, json_pack("{s:s,s:s}", "image", image, "path", path));
    return 0;
}

void script_answer_add(struct sim *sim, const char *pattern, const char *output, int exit_code)
{
    json_array_append_new(sim->script_answers, json_pack("{s:s,s:s,s:i}", "pattern", pattern,
                                                         "output", output, "exitCode", exit_code));
}

int machine_root_post(struct exchange *x)
{
    const char *image = dig_text(x->q.json, "image"), *path = dig_text(x->q.json, "path");

    if (!image || !path || machine_root_add(x->sim, image, path))
        return refuse(x, 400, "BadMachineRoot",
                      "An image's pattern and the whole path of a folder are wanted.");
    return reply(x, 200, json_object());
}

int machine_root_clear(struct exchange *x)
{
    json_array_clear(x->sim->machine_roots);
    return reply(x, 200, json_object());
}

int script_answer_post(struct exchange *x)
{
    const char *pattern = dig_text(x->q.json, "pattern"), *output = dig_text(x->q.json, "output");

    if (!pattern)
        return refuse(x, 400, "BadScriptAnswer", "A pattern is wanted.");
    script_answer_add(x->sim, pattern, output ? output : "",
                      (int)json_integer_value(json_object_get(x->q.json, "exitCode")));
    return reply(x, 200, json_object());
}
