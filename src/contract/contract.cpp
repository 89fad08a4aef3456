#include "contract/contract.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "base/embedded.h"
#include "base/text.h"
#include "contract/request_findings.h"
#include "contract/schema.h"

namespace qamera::contract {

/// A schema of ours, read when it is first needed: a run uses few of them, and start-up is measured in milliseconds.
class LazySchema {
 public:
  struct Loaded {
    explicit Loaded(const OrderedJson& source) : schema(source) {
      const OrderedJson properties = source.value("properties", OrderedJson::object());
      if (properties.contains("count")) default_count = properties["count"].value("default", -1);
    }

    Schema schema;
    int default_count = -1;  ///< of the member `count`, -1 when there is none
  };

  /// `inside` selects a part of the file by JSON Pointer.
  void set(std::string_view text, std::string inside = {}) {
    text_ = text;
    inside_ = std::move(inside);
  }

  std::string_view text() const { return text_; }

  const Loaded& get() const {
    std::call_once(once_, [this] {
      Result<OrderedJson> parsed = parse_ordered_json(text_);
      QM_CHECK(parsed.ok(), "an embedded schema is not JSON");
      loaded_ = std::make_unique<Loaded>(parsed.value().at(OrderedJson::json_pointer(inside_)));
    });
    return *loaded_;
  }

 private:
  std::string_view text_;
  std::string inside_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Loaded> loaded_;
};

namespace {

constexpr Wording kRequestWording{
    .subject = "The request body", .unknown = "is not documented", .values = Wording::Values::kOmit};
constexpr Wording kResponseWording{
    .subject = "The response body", .unknown = "is not documented", .values = Wording::Values::kQuote};
constexpr Wording kRecordWording{
    .subject = "The record", .unknown = "is not documented", .values = Wording::Values::kQuote};
constexpr Wording kDocumentWording{
    .subject = "The document", .unknown = "is not a known key", .values = Wording::Values::kQuote};

/// The first text that is not UTF-8, which parsed JSON cannot hold but the fields of a form can.
std::optional<std::string> not_utf8_at(const Json& value, const std::string& pointer) {
  if (value.is_string() && !is_utf8(value.get_ref<const std::string&>())) return pointer;
  if (!value.is_structured()) return std::nullopt;
  std::size_t index = 0;
  for (const auto& [name, child] : value.items()) {
    const std::string below = value.is_object() ? child_pointer(pointer, name) : child_pointer(pointer, index++);
    if (!is_utf8(name)) return below;
    if (auto found = not_utf8_at(child, below)) return found;
  }
  return std::nullopt;
}

std::optional<Violation> violation(const LazySchema& schema, const Json& document, const Wording& wording) {
  return schema.get().schema.fault(document, wording);
}

/// As `violation`, of a text, which may be no JSON.
std::optional<Violation> text_violation(const LazySchema& schema, std::string_view text, const Wording& wording) {
  if (schema.get().schema.accepts_plain(text)) return std::nullopt;
  const auto document = parse_json(text);
  if (document.ok()) return violation(schema, *document, wording);
  return Violation{"", std::string(wording.subject) + " is not JSON (" + document.error().message + ")."};
}

std::size_t row_of(const Operation& operation) {
  const auto row = &operation - operations().data();
  QM_CHECK(row >= 0 && static_cast<std::size_t>(row) < operations().size(), "not a row of the operation table");
  return static_cast<std::size_t>(row);
}

}  // namespace

struct Contract::Compiled {
  struct Pair {
    const LazySchema* request;  ///< null for an operation without a body
    const LazySchema* response;
  };

  std::map<std::string_view, LazySchema> files;  ///< every file of `schemas/`, by name
  std::vector<Pair> operations;
  PerCollection<LazySchema> records;
  const LazySchema* error = nullptr;

  const LazySchema& file(std::string_view name) const {
    const auto found = files.find(name);
    QM_CHECK(found != files.end(), "no embedded schema of that name");
    return found->second;
  }
  const LazySchema* request_of(const Operation& operation) const { return operations[row_of(operation)].request; }
  const LazySchema& response_of(const Operation& operation, int status) const {
    return status == 200 ? *operations[row_of(operation)].response : *error;
  }
};

Contract::Contract() : compiled_(std::make_unique<Compiled>()) {
  constexpr std::string_view kFolder = "schemas/";
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.starts_with(kFolder)) compiled_->files[file.path.substr(kFolder.size())].set(file.text);
  }
  for (const Operation& operation : operations()) {
    const std::string name(operation.name);
    const bool has_body = operation.body != BodyFormat::kNone;
    const LazySchema* request = has_body ? &compiled_->file(name + ".request.json") : nullptr;
    const LazySchema& response = compiled_->file(name + ".response.json");
    compiled_->operations.push_back({request, &response});
    if (operation.action == Action::kList) {
      const Collection collection = operation.collection();
      compiled_->records[collection].set(response.text(), "/properties/" + std::string(name_of(collection)) + "/items");
    }
  }
  compiled_->error = &compiled_->file("error.response.json");
}

Contract::~Contract() = default;

std::optional<Violation> Contract::check_request(const Operation& operation, const Json& body) const {
  const LazySchema* schema = compiled_->request_of(operation);
  if (!schema) return std::nullopt;
  if (operation.body == BodyFormat::kMultipart) {
    if (auto wrong = not_utf8_at(body, "")) {
      std::string message = "'" + dotted_pointer(*wrong) + "' is not valid UTF-8.";
      return Violation{*std::move(wrong), std::move(message)};
    }
  }
  return violation(*schema, body, kRequestWording);
}

std::optional<Violation> Contract::check_response(const Operation& operation, int status, const Json& body) const {
  return violation(compiled_->response_of(operation, status), body, kResponseWording);
}

std::optional<Violation> Contract::check_response_text(const Operation& operation, int status,
                                                       std::string_view body) const {
  return text_violation(compiled_->response_of(operation, status), body, kResponseWording);
}

std::optional<Violation> Contract::check_record_text(Collection collection, std::string_view record) const {
  return text_violation(compiled_->records[collection], record, kRecordWording);
}

std::optional<Violation> Contract::check_record(Collection collection, const Json& record) const {
  return violation(compiled_->records[collection], record, kRecordWording);
}

std::optional<Violation> Contract::check_document(std::string_view schema, const Json& document) const {
  return violation(compiled_->file(schema), document, kDocumentWording);
}

std::vector<Finding> Contract::request_findings(const Operation& operation, const Request& request, const Json* body,
                                                bool repeats) const {
  std::vector<Finding> findings;
  add_query_findings(operation, request, findings);
  add_body_findings(operation, request, findings);
  add_repetition_findings(request, findings);
  if (repeats) add_repeated_members(request.body, findings);
  if (body == nullptr) return findings;
  if (const LazySchema* schema = compiled_->request_of(operation)) {
    add_unknown_fields(schema->get().schema.root(), *body, findings);
  }
  return findings;
}

int Contract::default_count(const Operation& operation) const {
  const LazySchema* schema = compiled_->request_of(operation);
  return schema ? schema->get().default_count : -1;
}

}  // namespace qamera::contract
