#include "api/product_api.h"

#include <algorithm>
#include <charconv>

#include "api/scenario_store.h"

namespace qamera::api {
namespace {

using contract::Action;
using sim::JobRequest;
using sim::RecordPtr;
using sim::RecordStatus;

constexpr std::size_t kDefaultPresets = 20;  // docs: `maxRecords`, default 20

std::string_view text_member(const Json& body, const char* name) {
  const auto text = body.find(name);
  return text != body.end() && text->is_string() ? std::string_view(text->get_ref<const std::string&>())
                                                 : std::string_view();
}

/// The `id` of an object's member, or "".
std::string_view id_in(const Json& body, const std::string& name) {
  const auto member = body.find(name);
  return member != body.end() && member->is_object() ? text_member(*member, "id") : std::string_view();
}

Outcome not_found(std::string_view what, std::string_view id) {
  return error_outcome(404, std::string(what) + " not found.",
                       "not found: " + std::string(what) + " " + std::string(id));
}

/// Resolves the records that a body names, in order.
struct References {
  sim::Workspace& workspace;
  std::vector<Finding> findings{};   ///< records that are not ready
  std::optional<Outcome> missing{};  ///< the first that does not exist

  /// The record, or null: when `id` is "", or (remembered) when none of `collections` has it.
  RecordPtr find(std::string_view id, std::initializer_list<Collection> collections, std::string_view what,
                 std::string_view pointer) {
    if (id.empty() || missing) return nullptr;
    RecordPtr record = workspace.find(id);
    const bool fits =
        record && !record->archived &&
        std::find(collections.begin(), collections.end(), collection_of(record->kind)) != collections.end();
    if (!fits) {
      missing = not_found(what, id);
      return nullptr;
    }
    if (record->status == RecordStatus::kInProgress || record->status == RecordStatus::kFailed) {
      findings.push_back(
          {finding_kind::kRecordNotReady, "/body" + std::string(pointer),
           "\"" + std::string(id) + "\" is " + std::string(sim::name_of(record->status)) + ", not DONE"});
    }
    return record;
  }
};

std::string name_or_empty(const RecordPtr& record) { return record ? record->name : std::string(); }

std::size_t most_presets(const Request& request) {
  const std::string* text = request.query_value("maxRecords");
  if (!text) return kDefaultPresets;
  double number = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text->data() + text->size() && number >= 1 &&
                     number <= 1e9 && number == static_cast<double>(static_cast<std::int64_t>(number));
  // Other values are served as the default, and are a finding.
  return whole ? static_cast<std::size_t>(number) : kDefaultPresets;
}

sim::Listing list(const contract::Operation& operation, const Request& request, sim::Workspace& workspace,
                  const AssetBase& assets) {
  const auto documented = [&](std::string_view name) {
    return std::any_of(operation.query.begin(), operation.query.end(), [&](const auto& q) { return q.name == name; });
  };
  const std::string* status = documented("statusFilter") ? request.query_value("statusFilter") : nullptr;
  const std::string* product = documented("productId") ? request.query_value("productId") : nullptr;
  const auto filter = status && *status == "approved" ? sim::ListFilter::kApproved : sim::ListFilter::kAll;
  const std::size_t limit = documented("maxRecords") ? most_presets(request) : SIZE_MAX;
  const bool is_shown = request.method != "HEAD";
  return workspace.listing(operation.collection(),
                           {filter, product ? std::string_view(*product) : "", limit, is_shown, assets});
}

/// How the first of the records breaks the contract, "" when none does. What does is taken back.
std::string check_first_shown(const sim::Listing& listing, sim::Workspace& workspace,
                              const contract::Contract& contract) {
  std::string breach;
  for (const RecordPtr& record : listing.first_shown) {
    const auto wrong = check_record(contract, *record);
    if (!wrong) continue;
    workspace.drop_rendering(record->id);
    if (breach.empty()) breach = record->id + ": " + *wrong;
  }
  return breach;
}

/// Fills in what the body of an image or packshot job names.
void read_config(const Json& body, References& references, JobRequest& job) {
  const Json& config = body["config"];
  const auto named = [&](const std::string& member, Collection collection, std::string_view what) {
    return references.find(id_in(config, member), {collection}, what, "/config/" + member + "/id");
  };
  const RecordPtr product = named("product", Collection::kProducts, "Product");
  named("preset", Collection::kPresets, "Preset");
  const RecordPtr scenery = named("scenery", Collection::kSceneries, "Scenery");
  const RecordPtr model = named("model", Collection::kModels, "Model");
  if (product) {
    job.product_id = product->id;
    job.product_name = product->label.empty() ? product->name : product->label;
  }
  job.scenery_name = name_or_empty(scenery);
  job.model_name = name_or_empty(model);
  job.preferences = text_member(config, "suggestions");
}

void read_video_source(const Json& body, References& references, JobRequest& job) {
  const bool generated = body.contains("generatedImageId");
  const std::string_view id = text_member(body, generated ? "generatedImageId" : "imageId");
  // An `imageId` may be any image of the account, an uploaded product picture included.
  const RecordPtr source =
      generated ? references.find(id, {Collection::kImages, Collection::kPackshots}, "Image", "/generatedImageId")
                : references.find(id, {Collection::kImages, Collection::kPackshots, Collection::kProducts}, "Image",
                                  "/imageId");
  job.source_name = name_or_empty(source);
  job.preferences = text_member(body, "suggestion");
}

void read_reel_sources(const Json& body, References& references, JobRequest& job) {
  const Json& ids = body["imagesIds"];
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const RecordPtr source = references.find(ids[i].get_ref<const std::string&>(),
                                             {Collection::kImages, Collection::kPackshots, Collection::kProducts},
                                             "Image", child_pointer("/imagesIds", i));
    if (i == 0) job.source_name = name_or_empty(source);
  }
}

std::string registration_body(const sim::Registration& made) {
  constexpr std::size_t kFrame = 192, kMaxOfAnId = 24;
  std::string body;
  body.reserve(kFrame + kMaxOfAnId * made.record_ids.size());
  body.append("{\"createdRecordIds\":[");
  for (std::size_t i = 0; i < made.record_ids.size(); ++i) {
    if (i > 0) body.push_back(',');
    append_json_string(body, made.record_ids[i]);
  }
  body.append("],\"batchId\":");
  append_json_string(body, made.batch_id);
  body.append(",\"orderId\":");
  append_json_string(body, made.order_id);
  body.append(",\"reservationId\":");
  append_json_string(body, made.reservation_id);
  return body.append(",\"creditsReserved\":").append(std::to_string(made.reserved)).append("}");
}

JobRequest read_job(RecordKind kind, const Json& body, References& references) {
  JobRequest job;
  job.kind = kind;
  job.body = &body;
  switch (kind) {
    case RecordKind::kImage:
    case RecordKind::kPackshot: read_config(body, references, job); break;
    case RecordKind::kVideo: read_video_source(body, references, job); break;
    case RecordKind::kReel: read_reel_sources(body, references, job); break;
    default: job.preferences = text_member(body, "preferences"); break;
  }
  return job;
}

/// Reserves the credits and creates the records.
Outcome reserve(const JobRequest& job, sim::Workspace& workspace) {
  const sim::Credits required = workspace.price(job.kind, job.count);
  const sim::Credits available = workspace.ledger().available();
  if (const auto made = workspace.register_job(job)) {
    return {.response = {.status = 200, .headers = {}, .body = registration_body(*made)}};
  }
  const std::string figures = "equired: " + std::to_string(required) + ", available: " + std::to_string(available);
  return error_outcome(402, "Insufficient credits. R" + figures + ".", "credits: r" + figures);
}

Outcome register_job(const contract::Operation& operation, const Json& body, sim::Workspace& workspace,
                     const contract::Contract& contract) {
  References references{workspace};
  JobRequest job = read_job(*operation.kind, body, references);
  const int fallback = contract.default_count(operation);
  if (fallback > 0)
    job.count = body.contains("count") ? static_cast<std::int64_t>(body["count"].get<double>()) : fallback;
  Outcome outcome = references.missing ? *std::move(references.missing) : reserve(job, workspace);
  outcome.findings = std::move(references.findings);
  return outcome;
}

Outcome vote(const Json& body, sim::Workspace& workspace) {
  const auto& id = body["recordId"].get_ref<const std::string&>();
  const RecordPtr record = workspace.find(id);
  const bool votable = record && (record->kind == RecordKind::kPackshot || record->kind == RecordKind::kImage);
  if (!votable) return not_found("Packshot", id);
  Outcome outcome;
  if (record->status == RecordStatus::kInProgress) {
    outcome.findings.push_back(
        {finding_kind::kRecordNotReady, "/body/recordId", "\"" + id + "\" is voted on while INPROGRESS"});
  }
  workspace.vote(id, body["Voting"] == "APPROVED" ? sim::Voting::kApproved : sim::Voting::kRejected);
  std::string& reply = outcome.response.body;
  reply = R"({"success":true,"message":"Packshot voting updated successfully","recordId":)";
  append_json_string(reply, id);
  reply.push_back('}');
  return outcome;
}

Outcome create_preset(const Json& body, sim::Workspace& workspace) {
  sim::Record preset;
  preset.name = text_member(body, "name");
  preset.quantity_guidelines = text_member(body, "quantityGuidelines");
  preset.quality_guidelines = text_member(body, "qualityGuidelines");
  Outcome outcome;
  std::string& reply = outcome.response.body;
  reply = R"({"success":true,"presetId":)";
  append_json_string(reply, workspace.create_preset(std::move(preset)));
  reply.push_back('}');
  return outcome;
}

/// The handlers of what is neither a listing nor a job, by operation.
struct OwnHandler {
  std::string_view operation;
  Outcome (*perform)(const Json& body, sim::Workspace& workspace);
};
constexpr OwnHandler kOwnHandlers[] = {
    {"updatePackshot", vote},
    {"createPreset", create_preset},
};

Outcome change(const contract::Operation& operation, const Json& body, sim::Workspace& workspace,
               const contract::Contract& contract) {
  if (operation.action == Action::kRegister) return register_job(operation, body, workspace, contract);
  for (const OwnHandler& handler : kOwnHandlers) {
    if (handler.operation == operation.name) return handler.perform(body, workspace);
  }
  // A row without its handler is our bug, and tests name it; a server with other work to do is not stopped for it.
  return error_outcome(500, "Internal server error.",
                       "bug in qamera-mock: no handler of " + std::string(operation.name));
}

}  // namespace

Outcome perform(const ReceivedRequest& received, const ExaminedRequest& examined, sim::Workspace& workspace,
                const ProductContext& context) {
  const contract::Operation& operation = *received.route.operation;
  const contract::Contract& contract = context.contract;
  Outcome outcome;
  std::string breach;
  // A listing is made of records that are checked when it first shows them; the rest is small enough to check whole.
  if (operation.action == Action::kList) {
    const AssetBase assets = context.assets.base_for(received.request, workspace.scenario());
    sim::Listing listing = list(operation, received.request, workspace, assets);
    breach = check_first_shown(listing, workspace, contract);
    const std::string* text = &listing.body->text;
    outcome.response.shared_body = {std::move(listing.body), text};
  } else {
    static const Json kNoBody;
    outcome = change(operation, examined.body ? *examined.body : kNoBody, workspace, contract);
    const auto wrong = contract.check_response_text(operation, outcome.response.status, outcome.response.body);
    if (wrong) breach = wrong->pointer + ": " + wrong->message;
  }
  if (breach.empty()) return outcome;
  context.log.error("bug in qamera-mock: a reply would break the contract",
                    {{"operation", operation.name}, {"breach", breach}, {"body", outcome.response.content()}});
  std::vector<Finding> findings = std::move(outcome.findings);
  outcome = error_outcome(500, "Internal server error.", "bug in qamera-mock: " + breach);
  outcome.findings = std::move(findings);
  outcome.findings.push_back({finding_kind::kResponseBreach, "", std::move(breach)});
  return outcome;
}

}  // namespace qamera::api
