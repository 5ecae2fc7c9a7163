//! What this service can do: one verb, one file, from check to commit.
//!
//! Every operation that writes checks rights with the members of the room, locks the room, reads what it changes,
//! checks its state, and writes rows, balances, history, audit and news in one transaction. Decoding and encoding
//! belong to the door, SQL to the store, arithmetic to the domain.

mod allocate_to_bill;
mod check_receipt;
mod check_share_refund;
mod close_member;
mod close_room;
mod confirm_bill_share;
mod confirm_split;
mod create_expense;
mod create_expenses;
pub(crate) mod creations;
mod delete_expense;
mod delete_settlement;
mod draft;
mod explain_balance;
mod get_balances;
mod get_bill_shares;
mod get_expense;
mod get_settlement_plan;
mod handing_over;
mod import_expenses;
mod import_sheet;
mod list_disputes;
mod list_expenses;
mod list_history;
mod list_settlements;
mod online_money;
mod open_bill_dispute;
mod open_dispute;
mod patch;
mod preview_import;
mod purge_expired;
mod record;
mod record_settlement;
mod release_bill;
mod reopen_member;
mod resolve_dispute;
mod rights;
mod room_stats;
mod seal_bill;
mod seal_division;
mod settle_share_online;
mod share_due;
mod stories;
mod system_stats;
mod take_back_share_online;
mod update_expense;
mod user_stats;
mod writing;

pub(crate) use self::{
    allocate_to_bill::allocate_to_bill, check_receipt::check_receipt, check_share_refund::check_share_refund,
    close_member::close_member, close_room::close_room, confirm_bill_share::confirm_bill_share,
    confirm_split::confirm_split, create_expense::create_expense, create_expenses::create_expenses,
    delete_expense::delete_expense, delete_settlement::delete_settlement, explain_balance::explain_balance,
    get_balances::get_balances, get_bill_shares::get_bill_shares, get_expense::get_expense,
    get_settlement_plan::get_settlement_plan, import_expenses::import_expenses, list_disputes::list_disputes,
    list_expenses::list_expenses, list_history::list_history, list_settlements::list_settlements,
    open_bill_dispute::open_bill_dispute, open_dispute::open_dispute, preview_import::preview_import,
    purge_expired::purge_expired, record_settlement::record_settlement, release_bill::release_bill,
    reopen_member::reopen_member, resolve_dispute::resolve_dispute, room_stats::room_stats,
    seal_bill::seal_bill, settle_share_online::settle_share_online, share_due::share_due,
    system_stats::system_stats, take_back_share_online::take_back_share_online,
    update_expense::update_expense, user_stats::user_stats,
};
