/**
 * How ids and names are written that appear in alerts and leave the gateway: of athletes, of rules, of those who take
 * notice of an alert. Too plain for the name of a person.
 */
export const ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
