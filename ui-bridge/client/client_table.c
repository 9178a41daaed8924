// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the client prints: columns for people, JSON for programs

#include "ui-bridge/client/client.h"

#include "ui-bridge/presets/label.h"

#include <cjson/cJSON.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS_MAX 16u
#define TEXT_MAX 512u

static bool
is_same(const char* const text, const double value, const bool is_float)
{
  const double read =
    is_float ? (double)strtof(text, NULL) : strtod(text, NULL);

  return !(read < value || read > value);
}

/// Fewest digits that give the same number, and no exponent as long as people
/// can read the number without
static void
print_number(char text[TEXT_MAX], const double value, const bool is_float)
{
  int digits = 5;
  do {
    snprintf(text, TEXT_MAX, "%.*g", ++digits, value);
  } while (digits < 17 && !is_same(text, value, is_float));

  const double      size     = fabs(value);
  const char* const exponent = strchr(text, 'e');
  if (exponent && size >= 1e-9 && size < 1e17) {
    // 1.5e-05 is 15 at the sixth decimal, 2e+06 has none
    const int n_digits = (int)strspn(text + (value < 0.0), "0123456789.") -
                         (strchr(text, '.') ? 1 : 0);
    const int decimals = n_digits - 1 - (int)strtol(exponent + 1, NULL, 10);
    snprintf(text, TEXT_MAX, "%.*f", decimals > 0 ? decimals : 0, value);
  } else if (!strcmp(text, "-0")) {
    snprintf(text, TEXT_MAX, "0");
  }
}

/// A string that does not move the cursor
static void
print_string(char text[TEXT_MAX], const char* const string)
{
  snprintf(text, TEXT_MAX, "%s", string);
  if (!rs_label_is_text(text, strlen(text))) {
    for (char* c = text; *c; ++c) {
      *c = (char)(*c < ' ' || *c > '~' ? '?' : *c);
    }
  }
}

// liblo points to arguments where they lie in the message, at multiples of 4

static float
float_of(const lo_arg* const argument)
{
  float value = 0.0f;
  memcpy(&value, argument, sizeof(value));
  return value;
}

static double
double_of(const lo_arg* const argument)
{
  double value = 0.0;
  memcpy(&value, argument, sizeof(value));
  return value;
}

int32_t
rs_print_int_of(const lo_arg* const argument)
{
  int32_t value = 0;
  memcpy(&value, argument, sizeof(value));
  return value;
}

static int64_t
long_of(const lo_arg* const argument)
{
  int64_t value = 0;
  memcpy(&value, argument, sizeof(value));
  return value;
}

void
rs_print_argument(char                text[TEXT_MAX],
                  const char          type,
                  const lo_arg* const argument)
{
  switch (type) {
    case 'f':
      print_number(text, (double)float_of(argument), true);
      break;
    case 'd':
      print_number(text, double_of(argument), false);
      break;
    case 'i':
      snprintf(text, TEXT_MAX, "%" PRId32, rs_print_int_of(argument));
      break;
    case 'h':
      snprintf(text, TEXT_MAX, "%" PRId64, long_of(argument));
      break;
    case 's':
    case 'S':
      print_string(text, (const char*)argument);
      break;
    case 'T':
    case 'F':
      snprintf(text, TEXT_MAX, "%s", type == 'T' ? "yes" : "no");
      break;
    case 'N':
    case 'I':
      snprintf(text, TEXT_MAX, "%s", type == 'N' ? "nil" : "impulse");
      break;
    default:
      snprintf(text, TEXT_MAX, "(%c)", type);
      break;
  }
}

static cJSON*
json_argument(const char type, const lo_arg* const argument)
{
  char text[TEXT_MAX];

  rs_print_argument(text, type, argument);
  switch (type) {
    case 'f':
    case 'd':
    case 'i':
    case 'h':
      // JSON knows no infinity
      return (type == 'f' && !isfinite(float_of(argument))) ||
                 (type == 'd' && !isfinite(double_of(argument)))
               ? cJSON_CreateNull()
               : cJSON_CreateRaw(text);
    case 'T':
    case 'F':
      return cJSON_CreateBool(type == 'T');
    case 'N':
      return cJSON_CreateNull();
    default:
      return cJSON_CreateString(text);
  }
}

/// One object, on one line, which is freed
static void
print_object(cJSON* const object, const char* const end)
{
  char* const text = cJSON_PrintUnformatted(object);
  if (text) {
    printf("%s%s", text, end);
  }
  cJSON_free(text);
  cJSON_Delete(object);
}

/// The answer, or its address and it
static lo_message
new_row(const char* const address, const bool has_address, lo_message answer)
{
  const char* const types = lo_message_get_types(answer);
  lo_arg** const    args  = lo_message_get_argv(answer);
  if (!has_address) {
    return lo_message_clone(answer);
  }

  lo_message row = lo_message_new();
  lo_message_add_string(row, address);
  for (int i = 0; i < lo_message_get_argc(answer); ++i) {
    switch (types[i]) {
      case 'f':
        lo_message_add_float(row, float_of(args[i]));
        break;
      case 's':
        lo_message_add_string(row, (const char*)args[i]);
        break;
      case 'T':
        lo_message_add_true(row);
        break;
      case 'F':
        lo_message_add_false(row);
        break;
      default:
        lo_message_add_nil(row); // No table has others
        break;
    }
  }

  return row;
}

/// After the last row of this address, or of all: the bridge says lists of
/// several instances side by side
static uint32_t
place_of(const RsTable* const table, const char* const address)
{
  for (uint32_t i = table->has_address ? table->count : 0u; i; --i) {
    if (!strcmp(&lo_message_get_argv(table->rows[i - 1u])[0]->s, address)) {
      return i;
    }
  }

  return table->count;
}

void
rs_table_take(void* const context, const char* const address, lo_message answer)
{
  RsTable* const    table = (RsTable*)context;
  lo_message* const rows =
    (lo_message*)realloc(table->rows, (table->count + 1u) * sizeof(lo_message));

  if (rows) {
    table->rows          = rows;
    const uint32_t place = place_of(table, address);
    memmove(&rows[place + 1u],
            &rows[place],
            (table->count - place) * sizeof(lo_message));
    rows[place] = new_row(address, table->has_address, answer);
    ++table->count;
  }
}

void
rs_table_clear(RsTable* const table)
{
  for (uint32_t i = 0u; i < table->count; ++i) {
    lo_message_free(table->rows[i]);
  }
  free(table->rows);
  table->rows  = NULL;
  table->count = 0u;
}

static uint32_t
n_columns(const RsTable* const table)
{
  uint32_t n = 0u;
  while (n + 1u < COLUMNS_MAX && table->heads[n]) {
    ++n;
  }

  return n + (table->has_address ? 1u : 0u);
}

static const char*
head(const RsTable* const table, const uint32_t column)
{
  return !table->has_address ? table->heads[column]
         : column            ? table->heads[column - 1u]
                             : "address";
}

/// A cell as text, "" if the row is too short
static void
print_cell(const RsTable* const table,
           const uint32_t       row,
           const uint32_t       column,
           char                 text[TEXT_MAX])
{
  lo_message message = table->rows[row];

  text[0] = '\0';
  if ((int)column < lo_message_get_argc(message)) {
    rs_print_argument(text,
                      lo_message_get_types(message)[column],
                      lo_message_get_argv(message)[column]);
  }
}

/// Characters, not bytes: columns line up as far as each is one wide
static int
width(const char* const text)
{
  int count = 0;
  for (const char* c = text; *c; ++c) {
    count += ((unsigned char)*c & 0xC0u) != 0x80u;
  }

  return count;
}

static void
print_columns(const RsTable* const table)
{
  const uint32_t n         = n_columns(table);
  const bool     has_heads = isatty(STDOUT_FILENO);
  int            widths[COLUMNS_MAX];
  char           text[TEXT_MAX];

  for (uint32_t column = 0u; column < n; ++column) {
    widths[column] = has_heads ? width(head(table, column)) : 0;
    for (uint32_t row = 0u; row < table->count; ++row) {
      print_cell(table, row, column, text);
      widths[column] =
        width(text) > widths[column] ? width(text) : widths[column];
    }
  }

  for (uint32_t column = 0u; has_heads && column < n; ++column) {
    const bool is_last = column + 1u == n;
    printf("%s%*s",
           head(table, column),
           is_last ? 0 : widths[column] - width(head(table, column)) + 2,
           "");
  }
  if (has_heads) {
    putchar('\n');
  }

  for (uint32_t row = 0u; row < table->count; ++row) {
    for (uint32_t column = 0u; column < n; ++column) {
      const bool is_last = column + 1u == n;
      print_cell(table, row, column, text);
      printf("%s%*s", text, is_last ? 0 : widths[column] - width(text) + 2, "");
    }
    putchar('\n');
  }
}

void
rs_table_print(const RsTable* const table, const bool is_json)
{
  if (!is_json) {
    print_columns(table);
    return;
  }

  const int n = (int)n_columns(table);
  puts("[");
  for (uint32_t row = 0u; row < table->count; ++row) {
    lo_message   message = table->rows[row];
    cJSON* const object  = cJSON_CreateObject();
    for (int i = 0; i < lo_message_get_argc(message) && i < n; ++i) {
      cJSON_AddItemToObject(object,
                            head(table, (uint32_t)i),
                            json_argument(lo_message_get_types(message)[i],
                                          lo_message_get_argv(message)[i]));
    }
    print_object(object, row + 1u < table->count ? ",\n" : "\n");
  }
  puts("]");
}

void
rs_table_print_column(const RsTable* const table, const uint32_t column)
{
  char text[TEXT_MAX];

  for (uint32_t row = 0u; row < table->count; ++row) {
    print_cell(table, row, column, text);
    puts(text);
  }
}

void
rs_print_message(void* const       context,
                 const char* const address,
                 lo_message        answer)
{
  const bool        is_json = *(const bool*)context;
  const char* const types   = lo_message_get_types(answer);
  lo_arg** const    args    = lo_message_get_argv(answer);
  const int         n       = lo_message_get_argc(answer);
  char              text[TEXT_MAX];

  print_string(text, address);
  if (is_json) {
    cJSON* const object = cJSON_CreateObject();
    cJSON* const list   = cJSON_CreateArray();
    cJSON_AddStringToObject(object, "address", text);
    cJSON_AddStringToObject(object, "types", types);
    for (int i = 0; i < n; ++i) {
      cJSON_AddItemToArray(list, json_argument(types[i], args[i]));
    }
    cJSON_AddItemToObject(object, "arguments", list);

    print_object(object, "\n"); // One a line, as they come
    return;
  }

  printf("%s %s", text, types);
  for (int i = 0; i < n; ++i) {
    rs_print_argument(text, types[i], args[i]);
    printf(" %s", text);
  }
  putchar('\n');
}
