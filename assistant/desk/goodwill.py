"""What agents may give away of their own accord, by the week: counted once, and given back.

The ledger is in one slot of the store, the conversation in another. So a sum is noted first, under
an id that names the state of the conversation in which it was approved; only then the approval is
committed. Whoever crashed in between has noted a sum that no draft carries: it counts as spent,
never the other way, until somebody looks (`_true_up`), who finds that the conversation went on
without it. What is undone, fails or is outdated is given back by the commit that says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from assistant.desk.situation import Standing, brief_as_known
from assistant.drafting.goodwill import kindness_in
from assistant.errors import Refused, Unavailable
from assistant.model import Actor, Conversation, ConversationId, Draft, Grant, PersonId
from assistant.playbooks import Money
from assistant.ports import Ports, Spending
from assistant.settings import Storefront
from assistant.words import Text, say


class Account(NamedTuple):
    """One person's budget of one week in one storefront."""

    ledger: str
    who: PersonId
    budget: Money


def account_of(storefront: Storefront, budget: str, person: PersonId, ports: Ports) -> Account:
    """A person is the same wherever they press."""
    member, most = ports.settings.member(person), Money.parse(budget)
    ledger = ledger_of(storefront, ports.now(), most.currency)
    return Account(ledger, member.id if member else person, most)


def ledger_of(storefront: Storefront, at: datetime, currency: str) -> str:
    """The week is the ISO week of the storefront's clock."""
    year, week, _ = at.astimezone(ZoneInfo(storefront.hours.zone)).isocalendar()
    return f"goodwill:{storefront.id}:{year}-W{week:02}:{currency}"


async def standing_of(
    conversation: Conversation, person: PersonId | None, ports: Ports, *, pressed: bool = False
) -> Standing | None:
    """What *person* has left; nobody yet: all of it, since it is decided again for who approves.

    Where somebody *pressed*, it is made sure that nothing counts that never was approved.
    """
    storefront = ports.settings.storefront(conversation.storefront)
    if storefront.goodwill is None:
        return None
    budget = Money.parse(storefront.goodwill)
    if person is None:
        return Standing(str(budget), str(Money(0, budget.currency)))
    account = account_of(storefront, storefront.goodwill, person, ports)
    if pressed:
        await _true_up(account, ports)
    used = sum(one.minor for one in await _of(account, ports))
    left = Money(max(budget.minor - used, 0), budget.currency)
    return Standing(str(left), str(Money(used, budget.currency)))


async def granted(
    conversation: Conversation, draft: Draft, actor: Actor, ports: Ports
) -> Grant | None:
    """Note what *draft* gives away, before it is approved. Raises: Refused (the budget is over)."""
    storefront = ports.settings.storefront(conversation.storefront)
    if storefront.goodwill is None:
        return None  # No budget: what gives goodwill is a lead's, and nothing is counted.
    standing = await standing_of(conversation, actor.id, ports)
    brief = brief_as_known(conversation, ports, standing)
    playbooks = ports.playbooks_of(conversation.storefront)
    kindness = kindness_in(draft.text, brief, playbooks)
    if kindness is None or (kindness.amount is None and actor.leads):
        return None
    account = account_of(storefront, storefront.goodwill, actor.id, ports)
    amount = _in_budget(kindness.amount, account, ports)
    if amount is None:
        if actor.leads:
            return None
        raise Refused(say("How much goodwill this gives can't be told: ask a lead."))
    id = f"{conversation.version}:{draft.version}:{secrets.token_hex(6)}:{conversation.id}"
    await _spend(account, Spending(account.who, id, amount.minor), actor, ports)
    return Grant(
        ledger=account.ledger,
        who=account.who,
        id=id,
        amount=amount.amount,
        currency=amount.currency,
    )


def _in_budget(amount: Money | None, account: Account, ports: Ports) -> Money | None:
    """By the day's rates."""
    if amount is None or amount.currency == account.budget.currency:
        return amount
    rates = ports.exchange.rates() if ports.exchange else None
    return rates.convert(amount, account.budget.currency) if rates else None


async def _spend(account: Account, one: Spending, actor: Actor, ports: Ports) -> None:
    """Raises: Refused. A lead's is noted, without a limit."""
    most = None if actor.leads else account.budget.minor
    for last in (False, True):
        if await ports.store.spend(account.ledger, one, most):
            return
        if last or not await _true_up(account, ports):
            raise Refused(await _over(account, one, ports))


async def _over(account: Account, one: Spending, ports: Ports) -> Text:
    used = sum(each.minor for each in await _of(account, ports))
    currency = account.budget.currency
    return say(
        "This gives {amount} of goodwill; of your {budget} this week {used} are used. "
        "Ask a lead to send it.",
        amount=str(Money(one.minor, currency)),
        budget=str(account.budget),
        used=str(Money(used, currency)),
    )


async def give_back(grants: Sequence[Grant], ports: Ports) -> None:
    """What is not given after all. Where the store is away now, `_true_up` finds it later."""
    for grant in grants:
        with suppress(Unavailable):
            await ports.store.give_back(grant.ledger, Spending(grant.who, grant.id, 0))


async def _of(account: Account, ports: Ports) -> list[Spending]:
    return [one for one in await ports.store.spent(account.ledger) if one.who == account.who]


async def _true_up(account: Account, ports: Ports) -> bool:
    """Give back what was noted for approvals that never came. True: there was something."""
    found = False
    for one in await _of(account, ports):
        if await _came_to_nothing(one, ports):
            await ports.store.give_back(account.ledger, one)
            found = True
    return found


async def _came_to_nothing(one: Spending, ports: Ports) -> bool:
    """The conversation went on and no draft carries it: a commit still to come will conflict."""
    version, number, _, about = one.id.split(":", 3)
    conversation = await ports.store.load(ConversationId(about))
    if conversation is None or conversation.version <= int(version):
        return False
    draft = next((each for each in conversation.drafts if each.version == int(number)), None)
    if draft is None:  # Never written; or long ago: it was sent, and made room for newer ones.
        return int(number) > conversation.last_version
    return draft.grant is None or draft.grant.id != one.id or not draft.stands
