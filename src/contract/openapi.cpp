#include "contract/openapi.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/check.h"
#include "base/embedded.h"
#include "contract/contract.h"
#include "http/asset_url.h"

namespace qamera::contract {
namespace {

/// A status of the documents: what it means, and the text of the general error page. Its text for 400 names a field
/// that no body has, so that each operation has its own.
struct ErrorStatus {
  int status;
  std::string_view name;  ///< of the shared response
  std::string_view meaning;
  std::string_view example;
};
constexpr std::array kErrorStatuses = {
    ErrorStatus{400, "BadRequest", "A field is missing or wrong, or the body is not valid JSON.", ""},
    ErrorStatus{401, "Unauthorized", "The API key is missing, malformed, unknown, revoked or expired.",
                "Invalid API key."},
    ErrorStatus{402, "InsufficientCredits", "The account cannot cover the reservation; nothing was created.",
                "Insufficient credits. Required: 5, available: 2."},
    ErrorStatus{403, "Forbidden", "The API key lacks the scope.", "Missing required scope: 'content.register'."},
    ErrorStatus{404, "NotFound", "Something that the request names does not exist, or is another account's.",
                "Product not found."},
    ErrorStatus{429, "TooManyRequests", "More than 60 requests a minute with this API key.",
                "Too many requests. Please retry after a short delay."},
    ErrorStatus{500, "InternalError", "Internal server error.", "Internal server error"},
};
constexpr std::array kGeneralStatuses = {403, 404, 429};

constexpr const char* kExampleFixture = "fixtures/default.json";
constexpr const char* kExampleScenario = "scenarios/happy-path.json";
constexpr std::string_view kServer = "https://app.qamera.ai";
constexpr std::string_view kApi = "/api/external/";
constexpr std::string_view kCorrelationId = "X-Correlation-Id";

const ErrorStatus& error_status(int status) {
  const auto found = std::find_if(kErrorStatuses.begin(), kErrorStatuses.end(),
                                  [&](const ErrorStatus& one) { return one.status == status; });
  QM_CHECK(found != kErrorStatuses.end(), "a documented status lacks its meaning");
  return *found;
}

OrderedJson embedded_json(const std::string& path) {
  const auto text = embedded_file(path);
  QM_CHECK(text.has_value(), "an embedded file is missing");
  auto parsed = parse_ordered_json(*text);
  QM_CHECK(parsed.ok(), "an embedded file is not JSON");
  return *std::move(parsed);
}

/// "listModels" and "Response" as "ListModelsResponse".
std::string component_name(std::string_view operation, std::string_view what) {
  std::string name(operation);
  if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name.append(what);
}

OrderedJson reference(std::string_view section, std::string_view name) {
  return {{"$ref", "#/components/" + std::string(section) + "/" + std::string(name)}};
}

OrderedJson correlation() { return {{std::string(kCorrelationId), reference("headers", kCorrelationId)}}; }

/// The schema as a component: a draft-07 file of ours means the same in 2020-12, the dialect of OpenAPI 3.1, once it no
/// longer says which draft it is.
OrderedJson component_schema(const std::string& file) {
  OrderedJson schema = embedded_json("schemas/" + file);
  for (const char* own : {"$schema", "$id"}) schema.erase(own);
  if (!schema.contains("oneOf")) return schema;
  // An alternative that only requires a member says nothing of it; linters and type generators want to know what it is.
  for (OrderedJson& branch : schema["oneOf"]) {
    OrderedJson properties = OrderedJson::object();
    for (const OrderedJson& name : branch.at("required")) {
      properties[name.get<std::string>()] = schema["properties"].at(name.get<std::string>());
    }
    branch["properties"] = std::move(properties);
  }
  return schema;
}

/// The same of a body that is sent. Type generators take a member with a default for one that is always there, which in
/// a request it need not be; its description tells the default.
OrderedJson request_schema(const std::string& file) {
  OrderedJson schema = component_schema(file);
  for (auto& [name, property] : schema["properties"].items()) property.erase("default");
  return schema;
}

/// Examples, all taken from the fixture that holds every documented id.
class Examples {
 public:
  Examples() : fixture_(embedded_json(std::string(kExampleFixture))), prices_(embedded_json(kExampleScenario)) {}

  /// A listing of the collection's first record.
  OrderedJson listing(const Operation& operation, const OrderedJson& schema) const {
    const std::string collection(name_of(operation.collection()));
    const OrderedJson& item = schema["properties"][collection]["items"]["properties"];
    const OrderedJson& source = fixture_.at(collection).at(0);
    OrderedJson record = OrderedJson::object();
    for (const auto& [name, property] : item.items()) {
      record[name] = source.contains(name) ? shown(source[name]) : value(operation, name, property);
    }
    OrderedJson body = OrderedJson::object();
    body[collection] = OrderedJson::array({std::move(record)});
    body["count"] = 1;
    return body;
  }

  /// The reply of any other operation, to the request that is its example.
  OrderedJson outcome(const Operation& operation, const OrderedJson& schema) const {
    OrderedJson body = OrderedJson::object();
    for (const auto& required : schema["required"]) {
      const auto name = required.get<std::string>();
      body[name] = value(operation, name, schema["properties"].at(name));
    }
    return body;
  }

 private:
  /// A fixture's member as the vendor's pages would show it.
  static OrderedJson shown(const OrderedJson& member) {
    if (!member.is_string()) return member;
    const auto& text = member.get_ref<const std::string&>();
    if (!is_asset_path(text)) return member;
    return kDocumentedAssets.joined() + text.substr(kAssetRoot.size());
  }
  /// What the schema names, or else an id or figure of the fixture. Null when there is none: the test of this document
  /// names the property that needs `examples` in its schema.
  OrderedJson value(const Operation& operation, const std::string& name, const OrderedJson& property) const {
    if (property.contains("const")) return property["const"];
    for (const char* listed : {"examples", "enum"}) {
      if (property.contains(listed)) return property[listed].at(0);
    }
    if (operation.kind) {
      if (name == "createdRecordIds") return created_ids(operation);
      if (name == "recordId" || name == "presetId") return record_id(*operation.kind);
      const OrderedJson& prices = prices_.at("credits").at("prices");
      const std::string kind(name_of(*operation.kind));
      if (name == "creditsReserved" && prices.contains(kind)) return prices.at(kind).get<int>() * made_by(operation);
    }
    const std::string stem = name.ends_with("Id") ? name.substr(0, name.size() - 2) : std::string();
    if (!fixture_.at("ids").contains(stem)) return nullptr;
    return fixture_.at("ids").at(stem).at("prefix").get<std::string>() + "abc123";
  }

  /// How many records the request of the example makes.
  static int made_by(const Operation& operation) {
    return embedded_json("schemas/" + std::string(operation.name) + ".request.json")["examples"].at(0).value("count",
                                                                                                             1);
  }

  /// As the fixture numbers new ones.
  OrderedJson created_ids(const Operation& operation) const {
    const OrderedJson& plan = fixture_.at("ids").at(std::string(name_of(*operation.kind)));
    OrderedJson ids = OrderedJson::array();
    for (int i = 0; i < made_by(operation); ++i) {
      std::string number = std::to_string(plan.at("first").get<int>() + i);
      number.insert(0, std::max(plan.at("width").get<std::size_t>(), number.size()) - number.size(), '0');
      ids.push_back(plan.at("prefix").get<std::string>() + number);
    }
    return ids;
  }

  OrderedJson record_id(RecordKind kind) const {
    const std::string kind_name(name_of(kind));
    for (const OrderedJson& record : fixture_.at(std::string(name_of(collection_of(kind))))) {
      if (!record.contains("kind") || record["kind"] == kind_name) return record.at("id");
    }
    QM_CHECK(false, "the example fixture has no record of a kind");
    return {};
  }

  OrderedJson fixture_;
  OrderedJson prices_;
};

/// The collection; of an operation that is about none, the first segment of its path.
std::string tag_of(const Operation& operation) {
  if (operation.kind) return std::string(name_of(operation.collection()));
  const std::string_view rest = operation.path.substr(kApi.size());
  return std::string(rest.substr(0, rest.find('/')));
}

OrderedJson parameters_of(const Operation& operation) {
  OrderedJson list = OrderedJson::array();
  for (const QueryRule& rule : operation.query) {
    OrderedJson schema = {{"type", rule.type}};
    for (std::string_view value : rule.values) schema["enum"].push_back(value);
    if (!rule.fallback.empty()) {
      schema["default"] =
          rule.type == "number" ? parse_ordered_json(rule.fallback).value() : OrderedJson(rule.fallback);
    }
    list.push_back({{"name", rule.name},
                    {"in", "query"},
                    {"required", false},
                    {"description", rule.description},
                    {"schema", std::move(schema)}});
  }
  return list;
}

OrderedJson request_body(const Operation& operation, const OrderedJson& schema) {
  OrderedJson media = {{"schema", reference("schemas", component_name(operation.name, "Request"))}};
  if (schema.contains("examples")) media["example"] = schema["examples"].at(0);
  const bool multipart = operation.body == BodyFormat::kMultipart;
  if (multipart) {
    for (const auto& [name, property] : schema["properties"].items()) {
      if (property.value("format", "") == "binary" || property.value("type", "") == "array") {
        media["encoding"][name] = {{"contentType", "application/octet-stream"}};
      }
    }
  }
  OrderedJson content = OrderedJson::object();
  content[multipart ? "multipart/form-data" : "application/json"] = std::move(media);
  return {{"description", schema.at("description")}, {"required", true}, {"content", std::move(content)}};
}

/// The properties of a form that carry files: documented as files, strings of bytes in our schema.
void mark_files(OrderedJson& schema) {
  const auto& required = schema["required"];
  for (auto& [name, property] : schema["properties"].items()) {
    if (std::find(required.begin(), required.end(), OrderedJson(name)) != required.end()) continue;
    OrderedJson& file = property.value("type", "") == "array" ? property["items"] : property;
    file["format"] = "binary";
    file["contentMediaType"] = "application/octet-stream";
  }
}

/// Where what was created shows up: the listing of the same collection.
OrderedJson links_of(const Operation& operation) {
  OrderedJson links = OrderedJson::object();
  if (operation.action == Action::kList || !operation.kind) return links;
  for (const Operation& listing : operations()) {
    if (listing.action != Action::kList || listing.collection() != operation.collection()) continue;
    OrderedJson link = {{"operationId", listing.name}, {"description", "Lists what this call created or changed."}};
    const bool by_product = std::any_of(listing.query.begin(), listing.query.end(),
                                        [](const QueryRule& rule) { return rule.name == "productId"; });
    if (by_product && operation.action == Action::kRegister) {
      link["parameters"] = {{"productId", "$request.body#/config/product/id"}};
    }
    links[std::string(listing.name)] = std::move(link);
  }
  return links;
}

OrderedJson responses_of(const Operation& operation, const OrderedJson& schema, const Examples& examples) {
  const bool list = operation.action == Action::kList;
  OrderedJson media = {{"schema", reference("schemas", component_name(operation.name, "Response"))},
                       {"example", list ? examples.listing(operation, schema) : examples.outcome(operation, schema)}};
  OrderedJson success = {{"description", schema.at("description")},
                         {"headers", correlation()},
                         {"content", {{"application/json", media}}}};
  if (OrderedJson links = links_of(operation); !links.empty()) success["links"] = std::move(links);
  OrderedJson responses = {{"200", std::move(success)}};
  for (int status : documented_statuses(operation)) {
    if (status != 200) responses[std::to_string(status)] = reference("responses", error_status(status).name);
  }
  return responses;
}

/// By operation, what an empty body is answered with.
OrderedJson refusals() {
  const Contract contract;
  OrderedJson examples = OrderedJson::object();
  for (const Operation& operation : operations()) {
    const auto violation = contract.check_request(operation, Json::object());
    if (!violation) continue;
    examples[std::string(operation.name)] = {{"value", {{"error", "Validation failed: " + violation->message}}}};
  }
  return examples;
}

OrderedJson error_responses() {
  OrderedJson responses = OrderedJson::object();
  for (const ErrorStatus& one : kErrorStatuses) {
    OrderedJson media = {{"schema", reference("schemas", "Error")}};
    if (one.example.empty()) {
      media["examples"] = refusals();
    } else {
      media["example"] = {{"error", one.example}};
    }
    responses[std::string(one.name)] = {{"description", one.meaning},
                                        {"headers", correlation()},
                                        {"content", {{"application/json", std::move(media)}}}};
  }
  return responses;
}

OrderedJson reply_headers() {
  return {{std::string(kCorrelationId),
           {{"description",
             "The request's correlationId, for log tracing. qamera-mock sends it with every reply; the documents name "
             "the id and no header, so that another server may leave it out."},
            {"required", false},
            {"schema", {{"type", "string"}}},
            {"example", "corr_000001"}}}};
}

OrderedJson security_schemes() {
  return {{"apiKey",
           {{"type", "apiKey"},
            {"in", "header"},
            {"name", "X-Api-Key"},
            {"description", "An API key, mk_live_<keyId>.<secret>. Wins when both headers are sent."}}},
          {"bearer",
           {{"type", "http"}, {"scheme", "bearer"}, {"description", "The same API key: Authorization: Bearer KEY."}}}};
}

OrderedJson description_of(const Operation& operation) {
  std::string text(operation.summary);
  text += ".";
  if (operation.action == Action::kRegister) {
    text += " Credits are reserved at once, consumed when a record is done and refunded when it fails.";
  } else {
    text += " Free: no credits are consumed.";
  }
  if (!operation.scope.empty()) text.append(" Needs the scope '").append(operation.scope).append("'.");
  text += operation.page.empty()       ? " Not documented."
          : operation.page == "public" ? " Documented on the vendor's public pages."
                                       : " Documented in " + std::string(operation.page) + ".";
  return text;
}

OrderedJson head(std::string_view version) {
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Qamera AI external API"},
            {"version", version},
            {"summary", "The documented contract of the API, as qamera-mock keeps it."},
            {"description",
             "Generated from the operation table and the JSON Schemas of qamera-mock. Success is 200; "
             "every error body is {\"error\": \"...\"}."},
            {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}}},
          {"servers",
           OrderedJson::array({{{"url", kServer}, {"description", "The vendor's own; self-hosted ones differ"}}})},
          {"security", OrderedJson::array({{{"apiKey", OrderedJson::array()}}, {{"bearer", OrderedJson::array()}}})}};
}

/// Each tag once, described by the first of its operations.
OrderedJson tags() {
  OrderedJson list = OrderedJson::array();
  std::set<std::string> seen;
  for (const Operation& operation : operations()) {
    const std::string tag = tag_of(operation);
    if (seen.insert(tag).second) list.push_back({{"name", tag}, {"description", operation.summary}});
  }
  return list;
}

void append_yaml(std::string& out, const OrderedJson& value, std::size_t indent, bool in_item) {
  if (!value.is_structured() || value.empty()) {
    // A JSON scalar, and an empty collection, read the same in YAML.
    out.append(in_item ? "" : " ").append(dump_json(value)).append("\n");
    return;
  }
  if (!in_item) out.push_back('\n');
  bool first = true;
  const auto begin_line = [&] {
    if (!(in_item && first)) out.append(indent, ' ');
    first = false;
  };
  if (value.is_array()) {
    for (const OrderedJson& element : value) {
      begin_line();
      out.append("- ");
      append_yaml(out, element, indent + 2, true);
    }
    return;
  }
  for (const auto& [name, member] : value.items()) {
    begin_line();
    append_json_string(out, name);
    out.push_back(':');
    append_yaml(out, member, indent + 2, false);
  }
}

}  // namespace

std::vector<int> documented_statuses(const Operation& operation) {
  std::set<int> statuses = {200};
  statuses.insert(operation.errors.begin(), operation.errors.end());
  statuses.insert(kGeneralStatuses.begin(), kGeneralStatuses.end());
  return {statuses.begin(), statuses.end()};
}

OrderedJson openapi_document(std::string_view version) {
  const Examples examples;
  OrderedJson paths = OrderedJson::object();
  OrderedJson schemas = {{"Error", component_schema("error.response.json")}};
  for (const Operation& operation : operations()) {
    const std::string name(operation.name);
    OrderedJson row = {{"operationId", operation.name},
                       {"summary", operation.summary},
                       {"description", description_of(operation)},
                       {"tags", OrderedJson::array({tag_of(operation)})}};
    if (!operation.query.empty()) row["parameters"] = parameters_of(operation);
    if (operation.body != BodyFormat::kNone) {
      OrderedJson schema = request_schema(name + ".request.json");
      if (operation.body == BodyFormat::kMultipart) mark_files(schema);
      row["requestBody"] = request_body(operation, schema);
      schemas[component_name(operation.name, "Request")] = std::move(schema);
    }
    OrderedJson schema = component_schema(name + ".response.json");
    row["responses"] = responses_of(operation, schema, examples);
    schemas[component_name(operation.name, "Response")] = std::move(schema);
    std::string method(operation.method);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    paths[std::string(operation.path)][method] = std::move(row);
  }
  OrderedJson document = head(version);
  document["tags"] = tags();
  document["paths"] = std::move(paths);
  document["components"] = {{"securitySchemes", security_schemes()},
                            {"headers", reply_headers()},
                            {"responses", error_responses()},
                            {"schemas", std::move(schemas)}};
  return document;
}

std::string to_yaml(const OrderedJson& value) {
  std::string out;
  append_yaml(out, value, 0, true);
  return out;
}

}  // namespace qamera::contract
