// The table of what follows from which error. A new errc is missing here until it has a line.
#include "core/errors.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <set>

namespace rollcall::test {
namespace {

struct reaction_to {
    errc code;
    reaction expected;
};

constexpr reaction_to table[] = {
    {errc::ok, reaction::none},
    {errc::unknown_source, reaction::reject},
    {errc::missing_signature, reaction::reject},
    {errc::bad_signature, reaction::reject},
    {errc::stale_signature, reaction::reject},
    {errc::bad_token, reaction::reject},
    {errc::bad_header, reaction::reject},
    {errc::not_json, reaction::reject},
    {errc::duplicate_key, reaction::reject},
    {errc::too_deep, reaction::reject},
    {errc::bad_encoding, reaction::reject},
    {errc::missing_field, reaction::reject},
    {errc::wrong_type, reaction::reject},
    {errc::bad_time, reaction::reject},
    {errc::unknown_value, reaction::reject},
    {errc::beyond_window, reaction::reject},
    {errc::bad_record, reaction::reject},
    {errc::given_up, reaction::reject},
    {errc::kafka_retriable, reaction::retry},
    {errc::kafka_abortable, reaction::abort},
    {errc::kafka_fatal, reaction::renew},
    {errc::kafka_fenced, reaction::renew},
    {errc::kafka_timed_out, reaction::renew},
    {errc::kafka_rejected, reaction::reject},
    {errc::overloaded, reaction::retry},
    {errc::storage_failed, reaction::retry},
    {errc::stopped, reaction::fatal},
    {errc::name_not_found, reaction::retry},
    {errc::cannot_connect, reaction::retry},
    {errc::connect_timed_out, reaction::retry},
    {errc::tls_failed, reaction::retry},
    {errc::bad_certificate, reaction::retry},
    {errc::answer_timed_out, reaction::retry},
    {errc::answer_broken, reaction::retry},
    {errc::answer_too_large, reaction::reject},
    {errc::answer_encoded, reaction::reject},
    {errc::unsendable_request, reaction::reject},
    {errc::host_refused, reaction::reject},
    {errc::address_refused, reaction::reject},
};

TEST(Errors, HaveTheReactionOfTheTable)
{
    for (const auto& [code, expected] : table)
        EXPECT_EQ(classify(code), expected) << make_error_code(code).message();
}

TEST(Errors, AreAllInTheTable)
{
    const auto unknown = rollcall_category().message(-1);
    int value = 0;
    for (const auto& [code, expected] : table)
        EXPECT_EQ(static_cast<int>(code), value++);
    EXPECT_EQ(rollcall_category().message(value), unknown);
}

TEST(Errors, HaveAMessageOfTheirOwn)
{
    std::set<std::string> messages = {rollcall_category().message(-1)};
    for (const auto& [code, expected] : table)
        EXPECT_TRUE(messages.insert(make_error_code(code).message()).second)
            << static_cast<int>(code);
}

TEST(Errors, OfOtherCategoriesAreTheOneRequestsFault)
{
    EXPECT_EQ(classify({}), reaction::none);
    EXPECT_EQ(classify(boost::asio::error::connection_reset), reaction::reject);
}

TEST(Errors, CompareWithTheirCode)
{
    const error_code ec = errc::too_deep;
    EXPECT_EQ(ec, errc::too_deep);
    EXPECT_NE(ec, errc::not_json);
    EXPECT_STREQ(ec.category().name(), "rollcall");
    EXPECT_FALSE(error_code{errc::ok}.failed());
}

}  // namespace
}  // namespace rollcall::test
