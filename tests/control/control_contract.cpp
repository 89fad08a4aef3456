#include "control/control_contract.h"

#include <map>
#include <memory>
#include <mutex>

#include "contract/contract.h"
#include "contract/schema.h"
#include "control/openapi.h"
#include "control/routes.h"

namespace qamera::control {
namespace {

constexpr contract::Wording kWording{"the body", "is not described", contract::Wording::Values::kQuote};

/// The document's schemas, compiled as they are asked for.
class Judge {
 public:
  /// What is wrong with the text by the schema in `content`, an object of media types.
  std::string problem(const std::string& content, std::string_view type, std::string_view text) {
    const OrderedJson::json_pointer at(content);
    if (!document_.contains(at)) return "nothing is said at " + content;
    const std::string media(type.substr(0, type.find(';')));
    if (!document_[at].contains(media)) return media + " is not among " + dump_json(document_[at]);
    if (media != "application/json") return "";
    const auto value = parse_json(text);
    if (!value) return "no JSON";
    const std::string place = content + "/application~1json/schema";
    std::unique_ptr<contract::Schema>& schema = schemas_[place];
    if (!schema) {
      OrderedJson root = document_;
      root["$ref"] = "#" + place;
      schema = std::make_unique<contract::Schema>(root);
    }
    const auto fault = schema->fault(*value, kWording);
    return fault ? fault->pointer + " " + fault->message : "";
  }

  /// The place of the reply's content.
  std::string content_of(const std::string& operation, int status) const {
    const std::string exact = operation + "/responses/" + std::to_string(status);
    if (document_.contains(OrderedJson::json_pointer(exact))) return exact + "/content";
    const OrderedJson::json_pointer range(operation + "/responses/" + std::to_string(status / 100) + "XX/$ref");
    return document_.contains(range) ? document_[range].get<std::string>().substr(1) + "/content" : exact;
  }

 private:
  const OrderedJson document_ = openapi_document("1.2.3");
  std::map<std::string, std::unique_ptr<contract::Schema>> schemas_;
};

std::string escaped(std::string_view path) {
  std::string out;
  for (char c : path) out += c == '/' ? "~1" : std::string(1, c);
  return out;
}

}  // namespace

std::string departure_from_document(std::string_view method, std::string_view path, std::string_view body,
                                    const Reply& reply) {
  static std::mutex mutex;
  static Judge judge;
  const Route* route = match_route(method, path).route;
  // What is sent to the product API is answered as that API does.
  if (!route || reply.pending || route->path.ends_with("/send")) return "";
  const std::lock_guard lock(mutex);
  std::string lower(method);
  for (char& c : lower) c = static_cast<char>(c - 'A' + 'a');
  const std::string operation = "/paths/" + escaped(route->path) + "/" + lower;
  const Response& response = reply.response;
  const std::string start = std::string(method) + " " + std::string(path) + ": ";
  const std::string wrong = judge.problem(judge.content_of(operation, response.status),
                                          response.headers.value_or("Content-Type", ""), response.body);
  if (!wrong.empty()) {
    return start + "its reply " + std::to_string(response.status) + ": " + wrong + " in " +
           response.body.substr(0, 2'000);
  }
  if (response.status >= 300 || body.empty()) return "";
  const std::string refused = judge.problem(operation + "/requestBody/content", "application/json", body);
  return refused.empty() ? "" : start + "its body: " + refused + " in " + std::string(body);
}

}  // namespace qamera::control
