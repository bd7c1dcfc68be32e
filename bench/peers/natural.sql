-- The schema that a user of any of the peers would have for the same visible work, filled from a loaded register. It
-- takes the place of the register's own schema in a copy of its database.
create schema peer;

create table peer.party (
  id uuid primary key, code text not null unique, name text not null, kind text not null
);
insert into peer.party select id, code, name, kind from public.signatories;

create table peer.domain (
  id uuid primary key, scheme text not null, code text not null, label text not null, unique (scheme, code)
);
insert into peer.domain select id, scheme, code, label from public.research_domains;

create table peer.agreement (
  id uuid primary key, reference text unique, title text not null, type text not null, binding text not null,
  summary text, languages text[] not null, status text not null, signed date, next_expiry date,
  version integer not null default 1, created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
insert into peer.agreement
select a.id, a.reference, a.title, a.type, a.binding, a.summary, a.languages, l.status,
  case when isfinite(l.signed) then l.signed end, l.next_expiry, a.version, a.created_at, a.updated_at
from public.agreements a join public.agreement_listings l on l.agreement_id = a.id order by a.id;

create table peer.agreement_party (
  id uuid primary key, agreement_id uuid not null references peer.agreement, party_id uuid not null references peer.party,
  side smallint not null, role text not null, representative_name text, representative_office text
);
-- A body signs for its party: the bodies of the register have one above them at most.
insert into peer.agreement_party
select s.id, s.agreement_id, coalesce(b.parent_id, b.id), s.side, coalesce(s.role, 'signed'), s.representative_name, s.representative_office
from public.signatures s join public.signatories b on b.id = s.signatory_id order by s.agreement_id;
create index on peer.agreement_party (party_id);
create index on peer.agreement_party (agreement_id);

create table peer.agreement_date (
  id uuid primary key, agreement_id uuid not null references peer.agreement, event text not null, date text not null,
  first_day date, last_day date, place text, preferred boolean not null
);
insert into peer.agreement_date
select id, agreement_id, event, date, first_day, last_day, place, preferred from public.dates order by agreement_id;
create index on peer.agreement_date (agreement_id);

create table peer.agreement_domain (
  agreement_id uuid not null references peer.agreement, domain_id uuid not null references peer.domain,
  primary key (agreement_id, domain_id)
);
insert into peer.agreement_domain select agreement_id, domain_id from public.agreement_domains order by agreement_id;
create index on peer.agreement_domain (domain_id);

create table peer.source (
  id uuid primary key default gen_random_uuid(), agreement_id uuid not null references peer.agreement, key text not null,
  title text not null, publisher text, published_on text
);
insert into peer.source (agreement_id, key, title, publisher, published_on)
select agreement_id, key, title, publisher, published_on from public.sources order by agreement_id;
create index on peer.source (agreement_id);

create table peer.identifier (
  id uuid primary key default gen_random_uuid(), agreement_id uuid not null references peer.agreement,
  scheme text not null, value text not null, unique (scheme, value)
);
insert into peer.identifier (agreement_id, scheme, value)
select agreement_id, scheme, value from public.agreement_identifiers order by agreement_id;
create index on peer.identifier (agreement_id);

create index on peer.agreement (signed desc nulls last, id desc);

drop schema public cascade;
alter schema peer rename to public;
