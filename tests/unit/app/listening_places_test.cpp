#include "app/listening_places.hpp"

#include "app/listener_identities.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollcall {
namespace {

using boost::asio::ip::tcp;

class ListeningPlaces : public testing::Test {
protected:
    boost::asio::io_context io;
    tcp::acceptor passed{io, tcp::endpoint{tcp::v4(), 0}};
    const std::string port = std::to_string(passed.local_endpoint().port());

    settings listening_on(const std::vector<std::string>& addresses) const
    {
        settings with;
        with.listen.clear();
        for (const auto& each : addresses)
            with.listen.push_back({each});
        return with;
    }

    static std::vector<http::listening_place> places_of(
        const settings& with, const std::vector<passed_socket>& sockets
    )
    {
        return listening_places(with, sockets, listener_identities{with}.all());
    }
};

TEST_F(ListeningPlaces, AreTheSettingsWhereNothingIsPassed)
{
    const auto places = places_of(listening_on({"127.0.0.1:1", "[::]:2"}), {});
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].address, "127.0.0.1:1");
    EXPECT_EQ(places[0].socket, -1);
    EXPECT_EQ(places[1].address, "[::]:2");
}

TEST_F(ListeningPlaces, APassedSocketTakesThePlaceOfItsPort)
{
    const int socket = passed.native_handle();
    const auto places =
        places_of(listening_on({"127.0.0.1:" + port, "127.0.0.1:1"}), {{socket, "hooks"}});
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].socket, socket);
    EXPECT_EQ(places[1].address, "127.0.0.1:1");
}

TEST_F(ListeningPlaces, HaveTheIdentityOfTheirListenerAlsoWherePassed)
{
    const auto with = listening_on({"127.0.0.1:1", "127.0.0.1:" + port});
    const listener_identities identities{with};
    const auto places =
        listening_places(with, {{passed.native_handle(), "hooks"}}, identities.all());
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].identity, identities.all()[1]);
    EXPECT_EQ(places[1].identity, identities.all()[0]);
}

TEST_F(ListeningPlaces, ASocketOfAnotherNameIsLeftAlone)
{
    const auto places =
        places_of(listening_on({"127.0.0.1:" + port}), {{passed.native_handle(), "metrics"}});
    ASSERT_EQ(places.size(), 1U);
    EXPECT_EQ(places[0].socket, -1);
}

}  // namespace
}  // namespace rollcall
