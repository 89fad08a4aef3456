#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/kinds.h"

namespace qamera::contract {

/// What an operation does; one handler serves each.
enum class Action {
  kList,          ///< GET a collection
  kRegister,      ///< POST a generation job that reserves credits
  kVote,          ///< POST an approval or rejection
  kCreatePreset,  ///< POST a preset
};

enum class BodyFormat { kNone, kJson, kMultipart };

/// A documented query parameter of a GET.
struct QueryRule {
  std::string_view name;
  std::string_view type;                       ///< JSON Schema type: "string" or "number"
  std::span<const std::string_view> values;    ///< the documented values; empty: any
  std::string_view fallback;                   ///< the documented default, "" when none
  std::string_view description;
};

/// One documented endpoint. Everything that differs between endpoints is a column here; a new endpoint is one row, a
/// schema pair (`schemas/<name>.request.json`, `schemas/<name>.response.json`) and a fixture entry.
struct Operation {
  std::string_view name;  ///< the operation id: "listModels"
  std::string_view method;
  std::string_view path;
  std::string_view summary;
  Action action;
  RecordKind kind;  ///< what is listed or created; `kVideo` for the listing of videos and reels
  BodyFormat body = BodyFormat::kNone;
  std::span<const QueryRule> query = {};
  std::string_view scope = {};            ///< the scope a key needs, "" for none
  std::span<const int> errors = {};       ///< the documented error statuses, ascending
  std::string_view page = {};             ///< the documentation page: "models.txt"; "public": the vendor's other pages

  Collection collection() const { return collection_of(kind); }
};

/// The operation table: every documented endpoint, in the order of DESIGN's operation ids. Static storage.
std::span<const Operation> operations();

const Operation* find_operation(std::string_view name);

/// What a method and path lead to.
struct Route {
  const Operation* operation = nullptr;  ///< null when the path or the method is unknown
  std::string allow;                     ///< for a 405: the documented methods of the path; "" when the path is unknown
};

/// Matches exactly: case-sensitive, no trailing slash. HEAD is served as GET.
Route route(std::string_view method, std::string_view path);

}  // namespace qamera::contract
