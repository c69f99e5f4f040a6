/* question: the words in which a person is asked whether to permit something, and those that
 * answer. */
#include "kernel/front/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PROMPT_BYTES = 16000 };

static const struct {
    const char *word, *scope; /* "" is a no */
} choices[] = {
    {"o", "once"},
    {"once", "once"},
    {"y", "once"},
    {"yes", "once"},
    {"s", "session"},
    {"session", "session"},
    {"this session", "session"},
    {"p", "project"},
    {"project", "project"},
    {"this project", "project"},
    {"n", ""},
    {"no", ""},
    {"never", ""},
};

/* A file is followed or not; a grant holds for as long as the answer says. */
static bool is_about_file(const json_t *content)
{
    const char *what = json_string_value(json_object_get(content, "what"));

    return what && strcmp(what, "project") == 0;
}

const char *question_choice(const json_t *content, const char *text)
{
    char word[32];
    size_t size;

    text += strspn(text, " \t");
    size = strlen(text);
    while (size && strchr(" \t.!", text[size - 1]))
        size--;
    if (size >= sizeof word)
        return NULL;
    snprintf(word, sizeof word, "%.*s", (int)size, text);
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strcasecmp(word, choices[i].word) == 0)
            return is_about_file(content) && !strchr("yYnN", *word) ? NULL : choices[i].scope;
    return NULL;
}

/* Letters that move the cursor or turn the text around are shown as a "?": what is asked stays what
 * is read. */
static size_t unsafe_letter(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;

    if (bytes[0] < 0x20 || bytes[0] == 0x7f)
        return 1;
    if (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] < 0xa0)
        return 2; /* C1 controls */
    if (bytes[0] == 0xe2 && ((bytes[1] == 0x80 && bytes[2] >= 0x8b && bytes[2] <= 0x8f) ||
                             (bytes[1] == 0x80 && bytes[2] >= 0xa8 && bytes[2] <= 0xae) ||
                             (bytes[1] == 0x81 && bytes[2] >= 0xa0 && bytes[2] <= 0xaf)))
        return 3; /* zero width, line separators, directions */
    return 0;
}

static void write_item(FILE *out, const char *text)
{
    fputs("  ", out);
    for (; *text; text++) {
        size_t unsafe = *text == '\n' || *text == '\t' ? 0 : unsafe_letter(text);
        if (unsafe) {
            fputc('?', out);
            text += unsafe - 1;
        } else {
            fputc(*text == '\t' ? ' ' : *text, out);
            if (*text == '\n')
                fputs("  ", out);
        }
    }
    fputc('\n', out);
}

json_t *question_choices(const json_t *content)
{
    return is_about_file(content) ? json_pack("[s, s]", "yes", "no")
                                  : json_pack("[s, s, s, s]", "once", "session", "project", "no");
}

char *question_prompt(const json_t *content, const char *heading, bool again)
{
    char *prompt = NULL;
    size_t size = 0, index;
    FILE *out = open_memstream(&prompt, &size);
    json_t *item;

    if (!out)
        return NULL;
    fprintf(out, "%s:\n", heading);
    json_array_foreach(json_object_get(content, "items"), index, item)
        write_item(out, json_string_value(item));
    const char *detail = json_string_value(json_object_get(content, "detail"));
    if (detail && *detail)
        write_item(out, detail);
    bool file = is_about_file(content);
    fputs(!again ? "" : file ? "Please answer y or n: " : "Please answer o, s, p or n: ", out);
    fputs(file ? "Follow it, as it is now? [y]es or [n]o? "
               : "[o]nce, this [s]ession, this [p]roject, or [n]o? ",
          out);
    if (fclose(out) != 0 || size > PROMPT_BYTES) {
        free(prompt);
        return NULL;
    }
    return prompt;
}
