#pragma once

#include "sim/test_workspace.h"

namespace qamera::sim {

/// A broken scenario, and what the parser says of it.
struct Broken {
  const char* document;
  const char* pointer;
  const char* message;
};

/// A fault of shape: the parser says this, and `schemas/scenario.schema.json` refuses it too.
void check_both_refuse(const Broken& broken);

/// A fault of meaning: the parser says this, and the schema cannot see it.
void check_parser_refuses(const Broken& broken);

/// No fault at all.
void check_both_accept(const char* text);

}  // namespace qamera::sim
