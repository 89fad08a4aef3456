#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/kinds.h"

namespace qamera::contract {

/// What the rest of the program may assume of an operation. Listings and jobs are understood everywhere: their filters,
/// prices and polling are checked, captured and described without being named.
enum class Action {
  kList,      ///< GET a collection
  kRegister,  ///< POST a generation job that reserves credits
  kOther,     ///< what no other operation does; its handler is listed by name in `src/api/product_api.cpp`
};

enum class BodyFormat { kNone, kJson, kMultipart };

/// A documented query parameter of a GET.
struct QueryRule {
  std::string_view name;
  std::string_view type;                          ///< JSON Schema type: "string" or "number"
  std::span<const std::string_view> values = {};  ///< the documented values; empty: any
  std::string_view fallback = {};                 ///< the documented default, "" when none
  std::string_view description;
};

/// One endpoint. Everything that differs between endpoints is a column here; a new endpoint is one row, a schema of its
/// reply (`schemas/<name>.response.json`), one of its body if it has any (`schemas/<name>.request.json`), a handler.
struct Operation {
  std::string_view name;  ///< the operation id: "listModels"
  std::string_view method = {};
  std::string_view path;
  std::string_view summary;
  Action action = Action::kOther;
  /// What is listed, created or changed; `kVideo` for the listing of videos and reels. Each listing and job has one;
  /// other operations need not be about records at all.
  std::optional<RecordKind> kind = std::nullopt;
  BodyFormat body = BodyFormat::kNone;
  std::span<const QueryRule> query = {};
  std::string_view scope = {};       ///< the scope a key needs, "" for none
  std::span<const int> errors = {};  ///< the documented error statuses, ascending
  std::string_view page = {};  ///< the documentation page: "models.txt"; "public": the vendor's other pages; "": none

  /// REQUIRES: the operation is of a kind.
  Collection collection() const {
    QM_CHECK(kind, "the operation is of no kind");
    return collection_of(*kind);
  }
};

/// The operation table: every endpoint there is. Static storage.
std::span<const Operation> operations();

const Operation* find_operation(std::string_view name);

/// What a method and path lead to.
struct Route {
  const Operation* operation = nullptr;  ///< null when the path or the method is unknown
  std::string allow;                     ///< for a 405: the documented methods of the path; "" when the path is unknown
};

/// Matches exactly: case-sensitive, no trailing slash. HEAD is served as GET.
Route route(std::string_view method, std::string_view path);

/// Whether a path, documented or not, is of the API.
bool is_api_path(std::string_view path);

/// ` (did you mean /api/external/products?)` for a path that none has but that is near one, as `/api/products` and
/// `/api/external/products/` are; "" for others.
std::string path_suggestion(std::string_view path);

}  // namespace qamera::contract
