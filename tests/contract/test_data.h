#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "contract/contract.h"

namespace qamera::contract {

/// One contract for all tests of this program: schemas compile once.
const Contract& shared_contract();

/// Parses a document that the test wrote; a mistake in it stops the program.
Json parsed(std::string_view text);

/// A file of the repository, by its path there.
std::string repository_file(std::string_view path);

/// The embedded file as JSON.
OrderedJson embedded_json(std::string_view path);

/// The examples of the documentation: an array of {page, operation, request?, response?}.
const Json& documented_examples();

/// The row of that operation.
const Operation& row(std::string_view name);

/// The message of the violation, or "" when there is none.
std::string message_of(const std::optional<Violation>& violation);

}  // namespace qamera::contract
