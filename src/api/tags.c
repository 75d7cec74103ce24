/* The groups of operations, as the documents name and explain them. */
#include "http/endpoint.h"

const struct tag tags[] = {
    {"auth", "Accounts: signing up and in, passwords, names. The addresses and headers are those that "
             "clients of devise_token_auth know; forms "
             "are taken as well as JSON."},
    {"sessions", "The session that a request comes with."},
    {"invitations", "Codes by which people join an organization."},
    {"memberships", "A person's part in an organization."},
    {"users", "People with an account."},
    {"teams", "Teams of people and teams of teams, their admins and their invitations."},
    {"search", "Finding people."},
    {"organizations", "The customers whose people are in the directory."},
    {"saml", "Single sign-on by SAML 2.0: muster is the service provider, each organization has an identity "
             "provider of its own."},
    {"worklete admins", "Everything of every organization, for employees only."},
    {"utility", "Small helpers."},
    {"server", "The server itself: whether it runs, what it counts, what it can do."},
};
const size_t tag_count = sizeof tags / sizeof tags[0];
