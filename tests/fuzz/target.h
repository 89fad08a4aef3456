#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace qamera::fuzz {

/// What a target does with one input. Each source `<target>_fuzz.cpp` defines it; a breach of what it holds stops the
/// program with QM_CHECK. Must not depend on earlier inputs.
void run(std::string_view input);

/// The bytes of the next piece when `size` are cut in pieces: a fixed function of `size` and `at`, so that a finding
/// replays. At least 1 when anything is left.
std::size_t next_piece(std::size_t size, std::size_t at);

/// Parses a document that a target wrote itself; a mistake in it stops the program.
Json known_json(std::string_view text);

/// Whether a fixture in the document generates more than `most` records of a kind: legal, and slow.
bool generates_more_than(const Json& document, std::int64_t most);

/// Without the members `$schema` and `$comment`, which may stand in any object.
Json without_notes(Json document);

}  // namespace qamera::fuzz
