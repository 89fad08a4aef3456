#include "control/openapi.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/embedded.h"
#include "control/routes.h"

namespace qamera::control {
namespace {

constexpr std::string_view kDefinitions = "#/definitions/";
constexpr std::string_view kSchemas = "#/components/schemas/";

OrderedJson read_embedded(const std::string& path) {
  const auto text = embedded_file(path);
  QM_CHECK(text.has_value(), "an embedded file is missing");
  auto parsed = parse_ordered_json(*text);
  QM_CHECK(parsed.ok(), "an embedded file is not JSON");
  return *std::move(parsed);
}

OrderedJson schema_reference(std::string_view name) { return {{"$ref", std::string(kSchemas).append(name)}}; }

/// "ScenarioRule" for the definition "rule" of "Scenario".
std::string definition_name(std::string_view file, std::string_view definition) {
  std::string name = std::string(file).append(definition);
  char& first = name[file.size()];
  if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
  return name;
}

void point_to_components(OrderedJson& schema, std::string_view file) {
  if (!schema.is_structured()) return;
  for (auto& [name, child] : schema.items()) {
    if (name == "$ref" && child.is_string() && child.get_ref<const std::string&>().starts_with(kDefinitions)) {
      child = std::string(kSchemas) +
              definition_name(file, child.get_ref<const std::string&>().substr(kDefinitions.size()));
    } else {
      point_to_components(child, file);
    }
  }
}

/// Adds a schema of a file, and what it defines, as components.
void add_file(OrderedJson& schemas, const std::string& name, const std::string& file) {
  OrderedJson schema = read_embedded("schemas/" + file);
  point_to_components(schema, name);
  for (auto& [definition, defined] : schema["definitions"].items()) {
    schemas[definition_name(name, definition)] = std::move(defined);
  }
  for (const char* own : {"$schema", "$id", "definitions"}) schema.erase(own);
  schemas[name] = std::move(schema);
}

/// A name stands for a component, a list of names for any of them.
OrderedJson schema_of(const OrderedJson& names) {
  if (names.is_string()) return schema_reference(names.get_ref<const std::string&>());
  OrderedJson any = OrderedJson::array();
  for (const OrderedJson& name : names) any.push_back(schema_of(name));
  return {{"anyOf", std::move(any)}};
}

/// JSON, unless types stand beside the schemas.
OrderedJson content_of(const OrderedJson& body) {
  if (!body.is_object()) return {{"application/json", {{"schema", schema_of(body)}}}};
  OrderedJson content = OrderedJson::object();
  for (const auto& [type, names] : body.items()) content[type] = {{"schema", schema_of(names)}};
  return content;
}

OrderedJson parameter_reference(std::string_view name) {
  return {{"$ref", "#/components/parameters/" + std::string(name)}};
}

/// What the path and the row ask for, and the call's own: names of shared ones, or an object of its own.
OrderedJson parameters_of(const Route& route, const OrderedJson& call) {
  OrderedJson list = OrderedJson::array();
  if (route.path.find("{id}") != std::string_view::npos) list.push_back(parameter_reference("id"));
  if (route.addresses != Addresses::kNothing) {
    for (const char* name : {"key", "workspace"}) list.push_back(parameter_reference(name));
  }
  const OrderedJson own = call.value("query", OrderedJson::array());
  for (const auto& [name, parameter] : own.items()) {
    if (own.is_array()) {
      list.push_back(parameter_reference(parameter.get_ref<const std::string&>()));
      continue;
    }
    list.push_back({{"name", name}, {"in", "query"}});
    list.back().update(parameter);
  }
  return list;
}

OrderedJson error_reference(std::string_view name) { return {{"$ref", "#/components/responses/" + std::string(name)}}; }

OrderedJson operation_of(const Route& route, const OrderedJson& call) {
  OrderedJson operation = {
      {"operationId", call.at("id")}, {"summary", route.does}, {"tags", OrderedJson::array({call.at("tag")})}};
  if (OrderedJson parameters = parameters_of(route, call); !parameters.empty()) {
    operation["parameters"] = std::move(parameters);
  }
  for (const char* member : {"body", "optionalBody"}) {
    if (!call.contains(member)) continue;
    operation["requestBody"] = {{"required", member == std::string_view("body")},
                                {"content", content_of(call.at(member))}};
  }
  for (const auto& [status, body] : call.at("replies").items()) {
    operation["responses"][status] = {{"description", route.does}, {"content", content_of(body)}};
  }
  const std::string errors = call.value("errors", "Error");
  for (const char* statuses : {"4XX", "5XX"}) operation["responses"][statuses] = error_reference(errors);
  return operation;
}

OrderedJson shared_parameters(const OrderedJson& query) {
  OrderedJson parameters = {{"id",
                             {{"name", "id"},
                              {"in", "path"},
                              {"required", true},
                              {"description", "Which one"},
                              {"schema", {{"type", "string"}}}}},
                            {"key",
                             {{"name", "X-Api-Key"},
                              {"in", "header"},
                              {"description", "Names a workspace by its key; one that is new gets its workspace now"},
                              {"schema", {{"type", "string"}}}}},
                            {"workspace",
                             {{"name", "workspace"},
                              {"in", "query"},
                              {"description", "Names a workspace by its id"},
                              {"schema", {{"type", "string"}}}}}};
  for (const auto& [name, parameter] : query.items()) {
    parameters[name] = {{"name", name}, {"in", "query"}};
    parameters[name].update(parameter);
  }
  return parameters;
}

OrderedJson head(std::string_view version) {
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "qamera-mock control API"},
            {"version", version},
            {"summary", "How a test steers qamera-mock and asks what happened."},
            {"description",
             "Generated from the table of routes. A call acts on the workspace that it names, by its key or id; with "
             "none, on every workspace. Unofficial: the vendor has no such API."},
            {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}}},
          {"servers", OrderedJson::array({{{"url", "http://127.0.0.1:4010"},
                                           {"description", "Where `serve` listens unless told otherwise"}}})},
          {"security", OrderedJson::array({OrderedJson::object(), OrderedJson{{"adminToken", OrderedJson::array()}}})}};
}

std::string lower(std::string_view method) {
  std::string out(method);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  return out;
}

}  // namespace

OrderedJson openapi_document(std::string_view version) {
  OrderedJson api = read_embedded("schemas/control/api.json");
  OrderedJson document = head(version);
  for (const auto& [name, description] : api["tags"].items()) {
    document["tags"].push_back({{"name", name}, {"description", description}});
  }
  OrderedJson& paths = document["paths"] = OrderedJson::object();
  for (const Route& route : routes()) {
    // The walk of `openapi_test` names a row that nothing is said of.
    const auto call = api["calls"].find(std::string(route.method) + " " + std::string(route.path));
    if (call != api["calls"].end()) paths[std::string(route.path)][lower(route.method)] = operation_of(route, *call);
  }
  OrderedJson schemas = std::move(api["schemas"]);
  for (const auto& [name, file] : api["files"].items()) add_file(schemas, name, file.get<std::string>());
  OrderedJson responses = OrderedJson::object();
  for (const char* name : {"Error", "WiremockErrors"}) {
    responses[name] = {{"description", schemas[name]["description"]}, {"content", content_of(name)}};
  }
  document["components"] = {
      {"securitySchemes",
       {{"adminToken",
         {{"type", "http"}, {"scheme", "bearer"}, {"description", "Where the server has an --admin-token."}}}}},
      {"parameters", shared_parameters(api["query"])},
      {"responses", std::move(responses)},
      {"schemas", std::move(schemas)}};
  return document;
}

}  // namespace qamera::control
