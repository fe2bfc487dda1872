#include "support/message_schema.hpp"

#include "support/temp_dir.hpp"

#include <rapidjson/document.h>
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <stdexcept>

namespace rollcall::test {
namespace {

std::string place(const std::vector<std::string>& context)
{
    std::string path;
    for (const auto& step : context)  // "<root>", "[\"meeting\"]", "[0]"
        if (step.starts_with('['))
            path += '/' + step.substr(1, step.size() - 2);
    std::erase(path, '"');
    return path.empty() ? "/" : path;
}

}  // namespace

struct message_schema::state {
    valijson::Schema schema;
    valijson::Validator validator;  // keeps the patterns it has compiled
};

message_schema::message_schema(const std::filesystem::path& path)
    : state_{std::make_unique<state>()}
{
    rapidjson::Document document;
    if (document.Parse(read_file(path)).HasParseError())
        throw std::runtime_error(path.string() + " is not JSON");
    valijson::SchemaParser{}.populateSchema(
        valijson::adapters::RapidJsonAdapter{document}, state_->schema
    );
}

message_schema::~message_schema() = default;

std::string message_schema::fault(std::string_view value) const
{
    rapidjson::Document document;
    if (document.Parse(value.data(), value.size()).HasParseError())
        return "/: not JSON";
    valijson::ValidationResults results;
    if (state_->validator.validate(
            state_->schema, valijson::adapters::RapidJsonAdapter{document}, &results
        ))
        return {};
    std::string faults;
    for (const auto& error : results)
        faults.append(faults.empty() ? "" : "; ")
            .append(place(error.context))
            .append(": ")
            .append(error.description);
    return faults.empty() ? "/: refused" : faults;
}

}  // namespace rollcall::test
